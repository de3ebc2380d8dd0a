"""Dashboards and their panels as Grafana's JSON holds them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from watchbill_stack.difference.rule import listed, mappings
from watchbill_stack.difference.state import DASHBOARDS, Content, State

_TAG = "service:"
_TAGS = (_TAG, "team:", "tier:")
_KNOWN = ("uid", "title", "description", "tags", "panels", "templating", "annotations", "id", "version")


@dataclass(frozen=True, kw_only=True)
class Panel:
    """`queries` are the expressions by their letter; `appearance` is all that is drawn around the values, as text."""

    id: int
    title: str
    row: str
    kind: str
    unit: str
    size: tuple[int, int]
    queries: Mapping[str, str]
    legends: Mapping[str, str]
    thresholds: str
    description: str
    appearance: str
    rest: str


@dataclass(frozen=True, kw_only=True)
class Board:
    """A dashboard: its panels in reading order, its variables with their queries; `rest` is what else it sets."""

    uid: str
    title: str
    service: str
    panels: tuple[Panel, ...]
    variables: Mapping[str, str]
    marks: Mapping[str, str]
    rest: Content


def boards_of(state: State, other: State) -> Mapping[str, Board]:
    """The dashboards that another state has not just so, by uid."""
    contents = (state.mapping(path) for path in state.unlike(other, DASHBOARDS, ".json"))
    boards = (_board(content) for content in contents if "uid" in content)
    return {board.uid: board for board in boards}


def _board(content: Content) -> Board:
    tags = [str(tag) for tag in listed(content.get("tags"))]
    return Board(
        uid=str(content["uid"]),
        title=str(content.get("title", "")),
        service=next((tag.removeprefix(_TAG) for tag in tags if tag.startswith(_TAG)), ""),
        panels=tuple(_panels(content.get("panels"))),
        variables={str(one.get("name")): _query(one.get("query")) for one in _listed(content, "templating")},
        marks={str(one.get("name")): str(_at(one, "target", "expr") or "") for one in _listed(content, "annotations")},
        rest=_rest(content),
    )


def _rest(content: Content) -> Content:
    """All settings but those that only repeat whose dashboard it is, and what somebody has chosen."""
    tags = [tag for tag in map(str, listed(content.get("tags"))) if not tag.startswith(_TAGS)]
    found = {**_without(content, *_KNOWN), "tags": tags}
    for kind, key in (("variable", "templating"), ("annotation", "annotations")):
        for one in _listed(content, key):
            found[f"{kind} {one.get('name')}"] = _without(one, "query", "definition", "current", "target", "expr")
    return found


def _without(content: Content, *keys: str) -> Content:
    return {key: value for key, value in content.items() if key not in keys}


def _listed(content: Content, key: str) -> Iterator[Content]:
    yield from mappings(_at(content, key, "list"))


def _query(value: object) -> str:
    return value if isinstance(value, str) else str(_at({"query": value}, "query", "query") or "")


def _panels(value: object) -> Iterator[Panel]:
    row = ""
    for entry in sorted(mappings(value), key=_position):
        if entry.get("type") != "row":
            yield _panel(entry, row)
            continue
        row = str(entry.get("title", ""))
        yield from (_panel(inner, row) for inner in mappings(entry.get("panels")))


def _position(entry: Content) -> tuple[int, int]:
    return _whole(_at(entry, "gridPos", "y")), _whole(_at(entry, "gridPos", "x"))


def _panel(entry: Content, row: str) -> Panel:
    found = _at(entry, "fieldConfig", "defaults")
    defaults = dict(cast("Content", found)) if isinstance(found, dict) else {}
    unit, thresholds, mapped = (defaults.pop(key, None) for key in ("unit", "thresholds", "mappings"))
    targets = [*mappings(entry.get("targets"))]
    known = {"id", "title", "type", "gridPos", "targets", "description", "fieldConfig"}
    rest = {key: value for key, value in entry.items() if key not in known}
    overrides = _at(entry, "fieldConfig", "overrides")
    modes = [{key: value for key, value in one.items() if key not in {"expr", "legendFormat"}} for one in targets]
    return Panel(
        id=_whole(entry.get("id")),
        title=str(entry.get("title", "")),
        row=row,
        kind=str(entry.get("type", "")),
        unit=str(unit or ""),
        size=(_whole(_at(entry, "gridPos", "w")), _whole(_at(entry, "gridPos", "h"))),
        queries={str(one.get("refId", "")): str(one.get("expr", "")) for one in targets},
        legends={str(one.get("refId", "")): str(one.get("legendFormat", "")) for one in targets},
        thresholds=", ".join(_levels(thresholds)) or "none",
        description=str(entry.get("description", "")),
        appearance=_text(mapped),
        rest=_text([defaults, overrides, rest, modes]),
    )


def _levels(thresholds: object) -> Iterator[str]:
    for step in mappings(_at(thresholds, "steps")):
        value = step.get("value")
        yield f"{step.get('color')}" if value is None else f"{step.get('color')} from {value}"


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _at(entry: object, *path: str) -> Any:
    found = entry
    for key in path:
        found = cast("dict[str, object]", found).get(key) if isinstance(found, dict) else None
    return found


def _whole(value: object) -> int:
    return value if type(value) is int else 0
