"""One line of the access log: the fields that are counted, under the names of nginx' own variables."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from itertools import chain
from math import isfinite
from typing import Any

from watchbill.catalogue.edge import CACHE_STATUS, ENCODING
from watchbill.catalogue.nginx import METHODS
from watchbill_exporters.nginx_edge.resource_type import extension, resource_type

_METHODS = frozenset(METHODS)
_STATUSES = frozenset(
    map(str, chain((status.value for status in HTTPStatus), (419, 420, 444, 494, 495, 496, 497, 499), range(520, 531)))
)
_CACHE = frozenset(CACHE_STATUS.values)
_ENCODINGS = frozenset(ENCODING.values)
_LARGEST = 1e15

Entry = Mapping[str, Any]
"""What JSON gives: any value under any name."""
Shape = tuple[Any, ...]
"""The raw fields that decide a line's labels."""


def shape_of(entry: Entry) -> Shape:
    """Lines of one shape are counted together; raises KeyError where there is no status."""
    get = entry.get
    content_type = get("sent_http_content_type") or ""
    path = "" if content_type else get("uri") or get("request_uri") or ""
    return (
        get("request_method"),
        entry["status"],
        content_type or extension(path),
        not content_type,
        get("upstream_cache_status"),
        get("sent_http_content_encoding"),
    )


def labels_of(shape: Shape) -> tuple[str, str, str, str, str]:
    """Method, status, resource type, cache status and encoding, each one of its label's values."""
    method, status, kind, is_extension, cache, encoding = shape
    status = str(status)
    if not status.isdecimal():
        raise ValueError("the status is no number")
    return (
        method if method in _METHODS else "other",
        status if status in _STATUSES else "other",
        resource_type("", f".{kind}") if is_extension else resource_type(kind, ""),
        "NONE" if cache in {None, "", "-"} else cache if cache in _CACHE else "OTHER",
        _encoding(encoding),
    )


def number(value: object) -> float:
    """A count or a time; 0 where the field is empty. Raises ValueError for what cannot be one."""
    if value is None or value in {"", "-"}:
        return 0.0
    found = float(value)  # type: ignore[arg-type]  # what is no number raises TypeError, which the caller expects
    if not (isfinite(found) and 0 <= found < _LARGEST):
        raise ValueError("a number is out of range")
    return found


def upstream_seconds(value: object, parse: Callable[[object], float] = number) -> float | None:
    """The sum over all upstream servers that were tried; None where there was none.

    nginx separates tries by commas, and those of an internal redirect by colons.
    """
    if value is None or value in {"", "-"}:
        return None
    if not isinstance(value, str) or not ("," in value or ":" in value or "-" in value):
        return parse(value)
    tries = [part.strip() for part in value.replace(":", ",").split(",")]
    taken = [parse(part) for part in tries if part not in {"", "-"}]
    return sum(taken) if taken else None


def _encoding(value: object) -> str:
    if value in {None, "", "-"}:
        return "identity"
    name = str(value).strip().lower().removeprefix("x-")
    return name if name in _ENCODINGS else "other"
