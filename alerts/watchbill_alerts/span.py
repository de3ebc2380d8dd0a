"""Lengths of time as people say them."""

from functools import lru_cache

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


@lru_cache(maxsize=512)
def spoken(seconds: float) -> str:
    """A length of time in its two largest units: `2 d 2 h`, `43 min 12 s`; below a second, `under 1 s`."""
    left = round(seconds)
    parts: list[str] = []
    for unit, size in _UNITS:
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number} {unit}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts) or "under 1 s"


def held(seconds: float) -> str:
    """How long a condition has held when its alert fires: `for 1 min`, or `just now` for no time at all."""
    return f"for {spoken(seconds)}" if seconds else "just now"
