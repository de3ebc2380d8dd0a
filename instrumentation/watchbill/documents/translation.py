"""Between OpenTelemetry's names and units and Prometheus' ones.

The rules are those of OpenTelemetry's specification, "Prometheus and OpenMetrics Compatibility".
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from watchbill.catalogue import Counter, Metric, Unit

Instrument = Literal["counter", "gauge", "histogram", "updowncounter"]

UCUM: Mapping[Unit, str] = MappingProxyType(
    {
        Unit.SECONDS: "s",
        Unit.BYTES: "By",
        Unit.RATIO: "1",
        Unit.TIMESTAMP: "s",
        Unit.COUNT: "{item}",
        Unit.REQUESTS: "{request}",
        Unit.PER_SECOND: "{item}/s",
        Unit.REQUESTS_PER_SECOND: "{request}/s",
        Unit.BYTES_PER_SECOND: "By/s",
        Unit.BOOLEAN: "{boolean}",
    }
)
"""The code that stands for a unit in a registry."""
_UNITS: Mapping[str, Unit] = MappingProxyType({UCUM[unit]: unit for unit in reversed(tuple(UCUM))})
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "d": "days", "h": "hours", "min": "minutes", "s": "seconds", "ms": "milliseconds", "us": "microseconds",
        "ns": "nanoseconds", "By": "bytes", "KiBy": "kibibytes", "MiBy": "mebibytes", "GiBy": "gibibytes",
        "TiBy": "tebibytes", "kBy": "kilobytes", "KBy": "kilobytes", "MBy": "megabytes", "GBy": "gigabytes",
        "TBy": "terabytes", "m": "meters", "V": "volts", "A": "amperes", "J": "joules", "W": "watts", "g": "grams",
        "Cel": "celsius", "Hz": "hertz", "1": "", "%": "percent",
    }
)  # fmt: skip
_PER: Mapping[str, str] = MappingProxyType(
    {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year"}
)
_BRACES = re.compile(r"\{[^}]*\}")
_FOREIGN = re.compile(r"[^a-zA-Z0-9_:]+")


def unit_of(code: str) -> Unit | None:
    """The unit of a code; what is counted in braces is a count. None where no base unit says the same."""
    known = _UNITS.get(code)
    if known is not None:
        return known
    if re.fullmatch(r"\{[^}]*\}", code):
        return Unit.COUNT
    return Unit.PER_SECOND if re.fullmatch(r"(\{[^}]*\}|1)?/s", code) else None


def prometheus_name(name: str, code: str, instrument: Instrument) -> str:
    """An instrument's name as Prometheus shows it: without dots, with its unit, `_total` on a counter."""
    words = [word for word in _FOREIGN.sub("_", name).split("_") if word]
    main, _, divisor = (part.strip() for part in _BRACES.sub("", code).partition("/"))
    unit, per = _WORDS.get(main, _plain(main)), _PER.get(divisor, _plain(divisor))
    words += [unit] if unit and unit not in words else []
    words += ["per", per] if per and per not in words else []
    last = "total" if instrument == "counter" else "ratio" if (instrument, code) == ("gauge", "1") else ""
    if last:
        words = [word for word in words if word != last] + [last]
    joined = "_".join(words)
    return f"_{joined}" if joined[:1].isdigit() else joined


def prometheus_label(attribute: str) -> str:
    """An attribute's name as Prometheus shows it."""
    name = re.sub(r"[^a-zA-Z0-9_]", "_", attribute)
    return f"key_{name}" if name[:1].isdigit() else name


def instrument_name(metric: Metric) -> str:
    """A metric's name without what Prometheus adds to it."""
    name = metric.name.removesuffix("_total") if isinstance(metric, Counter) else metric.name
    word = "ratio" if metric.unit is Unit.RATIO else _WORDS.get(UCUM[metric.unit], "")
    return name.removesuffix(f"_{word}") if word else name


def _plain(code: str) -> str:
    return _FOREIGN.sub("", code)
