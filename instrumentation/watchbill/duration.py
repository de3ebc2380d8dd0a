"""Prometheus durations: `5m`, `1h30m`, `500ms`."""

import re
from functools import lru_cache

_UNITS = {"y": 31_536_000.0, "w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile("".join(rf"(?:(\d+){unit})?" for unit in _UNITS), re.ASCII)


@lru_cache(maxsize=512)
def seconds(duration: str) -> float:
    """The length of a Prometheus duration in seconds; ValueError when it is none.

    As in Prometheus, each unit stands once, the larger before the smaller.
    """
    parts = _DURATION.fullmatch(duration)
    if not duration or parts is None:
        raise ValueError(f"{duration!r} is no Prometheus duration such as 30s, 5m or 1h30m")
    return sum(int(number or 0) * size for number, size in zip(parts.groups(), _UNITS.values(), strict=True))


def text(length: float) -> str:
    """A length in seconds as the shortest Prometheus duration of one unit, to the millisecond."""
    milliseconds = round(length * 1000)
    for unit in ("d", "h", "m", "s"):
        size = int(_UNITS[unit] * 1000)
        if milliseconds and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms" if milliseconds else "0s"
