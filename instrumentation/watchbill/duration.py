"""Prometheus durations: `5m`, `1h30m`, `500ms`."""

import re

_UNITS = {"y": 31_536_000.0, "w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_WHOLE = re.compile(r"(?:\d+(?:ms|[ywdhms]))+")
_PART = re.compile(r"(\d+)(ms|[ywdhms])")


def seconds(duration: str) -> float:
    """The length of a Prometheus duration in seconds; ValueError when it is none."""
    if not _WHOLE.fullmatch(duration):
        raise ValueError(f"{duration!r} is no Prometheus duration such as 30s, 5m or 1h30m")
    return sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(duration))


def text(length: float) -> str:
    """A length in seconds as the shortest Prometheus duration of one unit, to the millisecond."""
    milliseconds = round(length * 1000)
    for unit in ("d", "h", "m", "s"):
        size = int(_UNITS[unit] * 1000)
        if milliseconds and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms" if milliseconds else "0s"
