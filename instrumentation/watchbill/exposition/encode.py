"""Families as text: the Prometheus text format 0.0.4 and OpenMetrics 1.0."""

import re
from collections.abc import Iterable
from math import inf, isnan

from watchbill.exposition.family import Family, Sample

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

_QUALITY = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_LABEL_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_HELP_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n"})


def negotiated(accept: str) -> str:
    """The content type for an Accept header: OpenMetrics where it is asked for and the text format not preferred."""
    openmetrics, text = _quality(accept, "application/openmetrics-text"), _quality(accept, "text/plain")
    return OPENMETRICS if openmetrics > 0 and openmetrics >= text else TEXT


def _quality(accept: str, media_type: str) -> float:
    """The best quality value (RFC 9110, section 12.5.1) that a media type itself is given; 0 where it is not named."""
    ranges = (entry.split(";") for entry in "".join(accept.lower().split()).split(","))
    return max((_weight(parameters) for name, *parameters in ranges if name == media_type), default=0.0)


def _weight(parameters: Iterable[str]) -> float:
    found = [match[1] for parameter in parameters if (match := _QUALITY.fullmatch(parameter))]
    return float(found[0]) if found else 1.0


def encode(families: Iterable[Family], content_type: str = TEXT) -> str:
    """All families in one of the two formats; exemplars are written in OpenMetrics alone, as it allows."""
    openmetrics = content_type == OPENMETRICS
    lines: list[str] = []
    for family in families:
        lines += _head(family, openmetrics)
        with_exemplars = openmetrics and _allows_exemplars(family)
        for sample in family.samples:
            line = f"{family.name}{sample.suffix}{_labels(sample)} {number(sample.value)}"
            lines.append(line + _exemplar(sample) if with_exemplars else line)
    if openmetrics:
        lines.append("# EOF")
    lines.append("")
    text = "\n".join(lines)
    # A lone surrogate, as from bytes that are no UTF-8, would make the whole exposition unwritable.
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def number(value: float) -> str:
    """A value as both formats read it, whole numbers without a fraction."""
    if isnan(value):
        return "NaN"
    if value in {inf, -inf}:
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _head(family: Family, openmetrics: bool) -> tuple[str, str]:
    name, kind = family.name, family.kind
    text = family.help.translate(_LABEL_ESCAPES if openmetrics else _HELP_ESCAPES)
    if openmetrics and kind == "counter":
        # OpenMetrics names the family without _total, and knows no counter whose samples lack it.
        name, kind = (name.removesuffix("_total"), kind) if name.endswith("_total") else (name, "unknown")
    kind_text = "untyped" if kind == "unknown" and not openmetrics else kind
    return f"# HELP {name} {text}", f"# TYPE {name} {kind_text}"


def _allows_exemplars(family: Family) -> bool:
    return family.kind == "histogram" or (family.kind == "counter" and family.name.endswith("_total"))


def _labels(sample: Sample) -> str:
    if not sample.names:
        return ""
    pairs = zip(sample.names, sample.values, strict=True)
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs) + "}"


def _escaped(value: str) -> str:
    return value.translate(_LABEL_ESCAPES) if '"' in value or "\\" in value or "\n" in value else value


def _exemplar(sample: Sample) -> str:
    if sample.exemplar is None or sample.suffix in {"_sum", "_count"}:
        return ""
    labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.exemplar.labels.items())
    time = "" if sample.exemplar.timestamp is None else f" {sample.exemplar.timestamp}"
    return f" # {{{labels}}} {number(sample.exemplar.value)}{time}"
