"""Families as text: the Prometheus text format 0.0.4 and OpenMetrics 1.0."""

import re
from collections.abc import Iterable, Iterator

from watchbill.exposition.family import Family, Sample
from watchbill.exposition.notation import allows_exemplars, escaped, exemplar_text, head, number, writable

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
END = "# EOF\n"
"""The last line of OpenMetrics."""

_QUALITY = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_PIECE_LINES = 200


def negotiated(accept: str) -> str:
    """The content type for an Accept header: OpenMetrics where it is asked for and the text format not preferred."""
    openmetrics, text = quality(accept, "application/openmetrics-text"), quality(accept, "text/plain")
    return OPENMETRICS if openmetrics > 0 and openmetrics >= text else TEXT


def quality(header: str, name: str) -> float:
    """The best quality value (RFC 9110, section 12.4.2) that a header gives to a name; 0 where it is not named."""
    ranges = (entry.split(";") for entry in "".join(header.lower().split()).split(","))
    return max((_weight(parameters) for found, *parameters in ranges if found == name), default=0.0)


def _weight(parameters: Iterable[str]) -> float:
    found = [match[1] for parameter in parameters if (match := _QUALITY.fullmatch(parameter))]
    return float(found[0]) if found else 1.0


def encode(families: Iterable[Family], content_type: str = TEXT) -> str:
    """All families in one of the two formats; exemplars are written in OpenMetrics alone, as it allows."""
    openmetrics = content_type == OPENMETRICS
    return "".join(pieces(families, openmetrics=openmetrics)) + (END if openmetrics else "")


def pieces(families: Iterable[Family], *, openmetrics: bool) -> Iterator[str]:
    """The same text in pieces of some hundred lines, without the last line of OpenMetrics."""
    for family in families:
        lines = [head(family.name, family.kind, family.help, openmetrics=openmetrics)]
        with_exemplars = openmetrics and allows_exemplars(family.name, family.kind)
        for sample in family.samples:
            line = f"{family.name}{sample.suffix}{_labels(sample)} {number(sample.value)}"
            lines.append(line + _exemplar(sample) + "\n" if with_exemplars else line + "\n")
            if len(lines) > _PIECE_LINES:
                yield writable("".join(lines))
                lines.clear()
        yield writable("".join(lines))


def _labels(sample: Sample) -> str:
    if not sample.names:
        return ""
    pairs = zip(sample.names, sample.values, strict=True)
    return "{" + ",".join(f'{name}="{escaped(value)}"' for name, value in pairs) + "}"


def _exemplar(sample: Sample) -> str:
    if sample.exemplar is None or sample.suffix in {"_sum", "_count"}:
        return ""
    return exemplar_text(sample.exemplar)
