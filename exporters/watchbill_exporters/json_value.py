"""Values of JSON that somebody else wrote: each may be anything."""

from typing import Any, TypeGuard

_LARGEST = 1e300


def is_mapping(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether it is a JSON object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether it is a JSON array."""
    return isinstance(value, list)


def number(value: object) -> float | None:
    """A number; None for what is none, such as null for unknown."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # NaN and infinity, which Python reads as JSON, compare as false.
    return float(value) if abs(value) < _LARGEST else None


def part_of(document: object, name: str) -> dict[str, Any]:
    """The object under a name; an empty one where there is none."""
    found = document.get(name) if is_mapping(document) else None
    return found if is_mapping(found) else {}
