"""What was measured as text: the Prometheus text format 0.0.4 and OpenMetrics 1.0."""

from collections.abc import Iterable, Sequence

from watchbill.catalogue import LE, Counter, Gauge, Histogram, Metric
from watchbill.exposition.notation import escaped, head, number, numbers, writable
from watchbill_exporters.collector import EACH, Key, Measured

Part = tuple[Key, Sequence[Measured]]
"""Values of labels that stand before all others, and what was measured under them."""

_Words = tuple[Metric, tuple[str, ...], str, str]
_WORDS: dict[int, _Words] = {}
_MOST_WORDS = 8192


def text(parts: Iterable[Part], *, before: tuple[str, ...] = (), openmetrics: bool) -> str:
    """All series, those of one metric together, without the last line of OpenMetrics.

    `before` names the labels that the parts put before a metric's own.
    """
    families: dict[str, tuple[Metric, list[str]]] = {}
    for values, measured in parts:
        # Keys are told apart by their identity, which holds while `measured` does.
        written: dict[tuple[int, tuple[str, ...]], list[str]] = {}
        for one in measured:
            if not one.values:
                continue
            lines = families.setdefault(one.metric.name, (one.metric, []))[1]
            names = before + _names(one.metric) if one.metric.labels else before
            if not names and not one.suffix:
                lines.append(f"{one.metric.name} {number(one.values[0])}\n")
                continue
            if one.suffix == EACH:
                lines.append(_lines(one.metric.name, _suffixed(names, values, one.keys), one.values))
                continue
            labels = written.get((id(one.keys), names))
            if labels is None:
                labels = written[id(one.keys), names] = _labels(names, values, one.keys)
            lines.append(_lines(one.metric.name + one.suffix, labels, one.values))
    return "".join(
        piece for metric, lines in families.values() for piece in (_head(metric, openmetrics=openmetrics), *lines)
    )


def _lines(name: str, labels: Sequence[str], values: Sequence[float]) -> str:
    # A percent sign within a label is doubled already, so that one formatting writes all numbers.
    separator = f" %s\n{name}"
    return (name + separator.join(labels) + " %s\n") % numbers(tuple(values))


def _labels(names: tuple[str, ...], values: Key, keys: Sequence[Key]) -> list[str]:
    if not names:
        return [""] * len(keys)
    braces = _braces(names)
    if values:
        keys = [values + key for key in keys]
    if _is_plain(keys):
        return [braces % key for key in keys]
    return [braces % tuple([_careful(value) for value in key]) for key in keys]


def _suffixed(names: tuple[str, ...], values: Key, keys: Sequence[Key]) -> list[str]:
    """Labels behind the suffix that each key begins with."""
    formats = {suffix: suffix + _braces(names) for suffix in ("_sum", "_count")}
    formats["_bucket"] = "_bucket" + _braces((*names, LE.name))
    if not _is_plain((values, *keys)):
        return [formats[key[0]] % tuple([_careful(value) for value in (*values, *key[1:])]) for key in keys]
    if values:
        return [formats[key[0]] % (values + key[1:]) for key in keys]
    return [formats[key[0]] % key[1:] for key in keys]


def _braces(names: tuple[str, ...]) -> str:
    return "{" + ",".join(f'{name}="%s"' for name in names) + "}" if names else ""


def _is_plain(keys: Iterable[Key]) -> bool:
    """Whether no label needs to be escaped."""
    whole = "".join(["".join(key) for key in keys])
    return whole.isascii() and not any(special in whole for special in '"\\\n%')


def _careful(value: str) -> str:
    return writable(escaped(value)).replace("%", "%%")


def _names(metric: Metric) -> tuple[str, ...]:
    return _words(metric)[1]


def _head(metric: Metric, *, openmetrics: bool) -> str:
    words = _words(metric)
    return words[3] if openmetrics else words[2]


def _words(metric: Metric) -> _Words:
    """What never changes; found by identity, for to hash all of a metric costs more than to write its series."""
    known = _WORDS.get(id(metric))
    if known is None:
        if len(_WORDS) >= _MOST_WORDS:
            _WORDS.clear()
        names = tuple(label.name for label in metric.labels)
        plain, rich = (head(metric.name, _kind(metric), metric.help, openmetrics=one) for one in (False, True))
        # The metric is kept too: no other has its identity then.
        known = _WORDS[id(metric)] = metric, names, plain, rich
    return known


def _kind(metric: Metric) -> str:
    match metric:
        case Counter():
            return "counter"
        case Gauge():
            return "gauge"
        case Histogram():
            return "histogram"
        case _:
            return "unknown"
