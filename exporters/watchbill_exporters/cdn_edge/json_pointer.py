"""JSON pointers (RFC 6901)."""

import json
from typing import Any

from watchbill_exporters.json_value import is_list, is_mapping, number


def count_at(document: bytes, pointer: str) -> float:
    """The number, or the length of the list, that a pointer leads to; raises ValueError for anything else."""
    try:
        found: Any = json.loads(document)
    except (ValueError, RecursionError):
        raise ValueError("the answer is no JSON") from None
    for token in pointer.split("/")[1:]:
        found = _step(found, token.replace("~1", "/").replace("~0", "~"))
    if is_list(found):
        return float(len(found))
    count = number(found)
    if count is None or count < 0:
        raise ValueError("json_pointer leads to no number and to no list")
    return count


def _step(value: Any, token: str) -> Any:
    if is_mapping(value) and token in value:
        return value[token]
    if is_list(value) and token.isdecimal() and len(token) < 10 and int(token) < len(value):
        return value[int(token)]
    raise ValueError("json_pointer leads to nothing in the answer")
