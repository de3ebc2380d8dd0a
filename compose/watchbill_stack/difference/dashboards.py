"""Dashboards, panels and variables that came, went, moved or changed."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from watchbill.catalogue import DEPENDENCY
from watchbill_stack.difference.cause import Cause, Causes
from watchbill_stack.difference.change import Change, Verb
from watchbill_stack.difference.expression import swaps
from watchbill_stack.difference.leaves import differences
from watchbill_stack.difference.panel import Board, Panel

_DEPENDENCY = re.compile(rf'\b{DEPENDENCY.name}="([^"]+)"')
_DRAWN = ("title", "description", "thresholds", "appearance", "rest")


@dataclass
class DashboardComparison:
    """The dashboards of two states; what follows from a cause is added to it."""

    causes: Causes

    def changes(self, before: Mapping[str, Board], after: Mapping[str, Board]) -> Iterator[Change]:
        """Every change that follows from no other."""
        for uid in {**before, **after}:
            old, new = before.get(uid), after.get(uid)
            if new is None:
                yield Change("dashboard", uid, "removed", breaking=True, service=old.service if old else "")
            elif old is None:
                detail = f"added: {new.title}, {len(new.panels)} panels"
                yield Change("dashboard", uid, "added", detail, service=new.service)
            else:
                yield from self._board(old, new)

    def _board(self, old: Board, new: Board) -> Iterator[Change]:
        if old.title != new.title:
            yield Change("dashboard", new.uid, "changed", f"title {old.title!r} → {new.title!r}")
        for path, one, other in differences(old.rest, new.rest):
            behind = self.causes.behind(new.service, swaps(one, other, prose=True))
            for cause in behind:
                cause.change.carries("dashboard settings")
            if behind:
                continue
            yield Change("dashboard", f"{path} of {new.uid}", "changed", f"{one} → {other}", service=new.service)
        yield from self._queries(new, "variable", old.variables, new.variables)
        yield from self._queries(new, "annotation", old.marks, new.marks)
        earlier, later = ({panel.id: panel for panel in board.panels} for board in (old, new))
        for panel in (earlier[one] for one in earlier if one not in later):
            if not self._is_of_dependency(new, panel, "removed"):
                yield self._change(new, panel, "removed", "", breaking=True)
        for panel in (later[one] for one in later if one not in earlier):
            if not self._is_of_dependency(new, panel, "added"):
                yield self._change(new, panel, "added", f"added to {panel.row!r}" if panel.row else "added")
        moved = _moved([one for one in earlier if one in later], [one for one in later if one in earlier])
        for number in (one for one in later if one in earlier):
            yield from self._panel(new, earlier[number], later[number], is_moved=number in moved)

    def _is_of_dependency(self, board: Board, panel: Panel, verb: Verb) -> bool:
        """Whether it came or went with a dependency, which then carries it."""
        cause = self._dependency(board.service, panel.queries.values())
        if cause is None or cause.change.verb != verb:
            return False
        cause.change.carries("panels")
        return True

    def _dependency(self, service: str, queries: Iterable[str]) -> Cause | None:
        """The dependency that came or went of which a query reads."""
        text = "\n".join(queries)
        own = (cause for cause in self.causes.of(service) if cause.dependency)
        return next((cause for cause in own if f'{DEPENDENCY.name}="{cause.dependency}"' in text), None)

    def _query(self, service: str, old: str, new: str) -> tuple[list[str], tuple[Cause, ...]]:
        """How two queries differ, and what is behind it; a part may have come or gone with what it reads."""
        details, behind, _ = self.causes.query(service, old, new)
        parts = self.causes.behind_parts(service, old, new) if details else ()
        return ([], parts) if parts else (details, behind)

    def _queries(self, new: Board, what: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
        for name in {**before, **after}:
            title = f"{what} {name} of {new.uid}"
            if name not in after:
                yield Change("dashboard", title, "removed", breaking=what == "variable", service=new.service)
            elif name not in before:
                yield Change("dashboard", title, "added", service=new.service)
            elif before[name] != after[name]:
                details, behind = self._query(new.service, before[name], after[name])
                for cause in behind:
                    cause.change.carries(f"{what}s")
                if details:
                    yield Change("dashboard", title, "changed", ", ".join(details), service=new.service)

    def _panel(self, board: Board, old: Panel, new: Panel, *, is_moved: bool) -> Iterator[Change]:
        behind: dict[int, Cause] = {}
        details = [*self._query_details(board, old, new, behind), *self._drawn_details(board, old, new, behind)]
        for what, one, other in (("type", old.kind, new.kind), ("unit", old.unit, new.unit)):
            if one != other:
                details.append(f"{what} {one or 'none'} → {other or 'none'}")
        if old.size != new.size:
            details.append(f"size {old.size[0]}×{old.size[1]} → {new.size[0]}×{new.size[1]}")
        for cause in behind.values():
            cause.change.carries("panels")
        if old.row != new.row or is_moved:
            details.append(f"moved from {old.row!r} to {new.row!r}" if old.row != new.row else "moved within its row")
        if details:
            verb: Verb = "moved" if len(details) == 1 and details[0].startswith("moved") else "changed"
            yield self._change(board, new, verb, ", ".join(details))

    def _query_details(self, board: Board, old: Panel, new: Panel, behind: dict[int, Cause]) -> Iterator[str]:
        for letter in {**old.queries, **new.queries}:
            one, other = old.queries.get(letter), new.queries.get(letter)
            if one is None or other is None:
                cause = self._dependency(board.service, [one or other or ""])
                behind |= {id(cause): cause} if cause else {}
                yield from () if cause else (f"query {letter} {'added' if one is None else 'removed'}",)
                continue
            if one != other:
                details, causes = self._query(board.service, one, other)
                behind |= {id(cause): cause for cause in causes}
                yield from (f"query {letter}: {detail}" for detail in details)
            before, after = old.legends[letter], new.legends[letter]
            if before != after:
                causes = self.causes.behind(board.service, swaps(before, after, prose=True))
                behind |= {id(cause): cause for cause in causes}
                yield from () if causes else (f"legend {letter}: {before} → {after}",)

    def _drawn_details(self, board: Board, old: Panel, new: Panel, behind: dict[int, Cause]) -> Iterator[str]:
        """What is drawn otherwise. Where an objective or a dependency is behind some of it, it is behind all."""
        left: list[str] = []
        for what in _DRAWN:
            one, other = getattr(old, what), getattr(new, what)
            if one == other:
                continue
            causes = self.causes.behind(board.service, swaps(one, other, prose=True))
            causes = causes or self._objectives(board, one, other)
            behind |= {id(cause): cause for cause in causes}
            if not causes:
                left.append(_drawn(what, one, other))
        if not any(cause.change.area in {"objective", "dependency"} for cause in behind.values()):
            yield from left

    def _objectives(self, board: Board, old: str, new: str) -> tuple[Cause, ...]:
        """The objectives behind levels or words of another number: two levels that meet are drawn as one."""
        own = [one for one in self.causes.of(board.service) if one.change.area == "objective"]
        if swaps(old, new, prose=True) is not None:
            own = [one for one in own if one.change.verb in {"added", "removed"}]
            own = [one for one in own if one.change.name.partition(" ")[0] in old + new]
        return tuple(own)

    def _change(self, board: Board, panel: Panel, verb: Verb, detail: str, *, breaking: bool = False) -> Change:
        name = f"{panel.title!r} of {board.uid}"
        return Change("panel", name, verb, detail, breaking, board.service)


def usage_causes(before: Mapping[str, Board], after: Mapping[str, Board], known: Causes) -> Iterator[Cause]:
    """Dependencies that a service began or ceased to use, and others use still."""
    whole = {cause.dependency for cause in known.of("")}
    for uid in (uid for uid in before if uid in after):
        service = after[uid].service
        old, new = _read(before[uid]), _read(after[uid])
        verbs: tuple[tuple[Verb, list[str]], ...] = (("removed", sorted(old - new)), ("added", sorted(new - old)))
        for verb, names in verbs:
            for name in (one for one in names if one not in whole):
                change = Change("dependency", f"{name} of {service}", verb, breaking=verb == "removed", service=service)
                yield Cause(change, service, dependency=name)


def _read(board: Board) -> set[str]:
    return {name for panel in board.panels for query in panel.queries.values() for name in _DEPENDENCY.findall(query)}


def _moved(before: Sequence[int], after: Sequence[int]) -> set[int]:
    """The panels that stand in another order: all that are not in the longest common sequence."""
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    kept = {after[block.b + offset] for block in blocks for offset in range(block.size)}
    return set(after) - kept


def _drawn(what: str, old: str, new: str) -> str:
    if what == "title":
        return f"title {old!r} → {new!r}"
    if what != "thresholds":
        return {"description": "its description", "appearance": "its value texts", "rest": "other settings"}[what]
    return f"thresholds {old} → {new}"
