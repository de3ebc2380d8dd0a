"""Asks for queues: all of them with their statistics where they are few, else the depth of the fullest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from watchbill_exporters.collector import Key
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.json_value import is_list, is_mapping, number
from watchbill_exporters.rabbitmq_server.management import Management, NotAllowed
from watchbill_exporters.rabbitmq_server.overview import keeps_statistics, queues_in_all
from watchbill_exporters.rabbitmq_server.queues import COLUMNS
from watchbill_exporters.rabbitmq_server.selection import Row, Selection, key_of, pattern_of
from watchbill_exporters.reason import TargetDown

PAGE = 500
"""Queues in one answer: the server gives no more."""
Query = Mapping[str, str | int]

_WITH_STATISTICS: Query = {"page": 1, "page_size": PAGE, "columns": COLUMNS}
# Depth alone is cheap, as the server need not put each queue's statistics together before it sorts.
_FULLEST: Query = {
    "page": 1,
    "page_size": PAGE,
    "sort": "messages",
    "sort_reverse": "true",
    "disable_stats": "true",
    "enable_queue_totals": "true",
    "columns": COLUMNS,
}


@dataclass(slots=True)
class Known:
    """What one probe of a cluster tells the next; `monitors` says whether the account is told of all queues' number."""

    queues: float | None = None
    is_large: bool | None = None
    keeps_statistics: bool = True
    monitors: bool = True
    falls_short: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The queues to show; `missing` are declared ones that do not exist, `denied` says that some may not be seen."""

    rows: Sequence[Row]
    missing: Sequence[Key]
    omitted: int
    has_details: bool
    denied: bool


@dataclass(frozen=True, slots=True)
class _Page:
    rows: Sequence[Row]
    matching: int
    visible: int
    allowed: bool = True


class Listing:
    """Reads the queues that a selection names."""

    def __init__(self, management: Management, selection: Selection, known: Known) -> None:
        self._management = management
        self._selection = selection
        self._known = known

    async def read(self, overview: Mapping[str, Any], deadline: Deadline) -> Listed:
        """One request for each virtual host; one more where there are too many queues for one answer."""
        known = self._known
        known.queues, known.keeps_statistics = queues_in_all(overview), keeps_statistics(overview)
        # Later the answers tell: they have the queues that this account may see, and no others.
        if known.is_large is None and not self._selection.is_filtered:
            known.is_large = known.queues is None or known.queues > PAGE
        if known.keeps_statistics and not known.is_large:
            pages = await self._pages(_WITH_STATISTICS, self._selection.pattern, deadline)
            known.is_large = _matching(pages) > _received(pages)
            if not known.is_large:
                return self._listed(pages, has_details=True)
        pages = await self._pages(_FULLEST, self._selection.pattern, deadline)
        known.is_large = _matching(pages) > _received(pages)
        return self._listed([*pages, *await self._declared(pages, deadline)], has_details=False)

    async def fullest(self, deadline: Deadline) -> Listed:
        """The fullest queues and the declared ones, with their statistics: slow on a server with many."""
        query = {**_WITH_STATISTICS, "sort": "messages", "sort_reverse": "true"}
        pages = await self._pages(query, self._selection.pattern, deadline)
        return self._listed([*pages, *await self._declared(pages, deadline)], has_details=True)

    async def _declared(self, pages: Sequence[_Page], deadline: Deadline) -> Sequence[_Page]:
        """Declared queues that are not among the fullest."""
        names = self._missing(pages)
        if not names or _matching(pages) <= _received(pages):
            return ()
        return await self._pages(_WITH_STATISTICS, pattern_of(names), deadline)

    async def _pages(self, query: Query, pattern: str | None, deadline: Deadline) -> list[_Page]:
        if pattern is not None:
            query = {**query, "name": pattern, "use_regex": "true"}
        return [await self._page(vhost, query, deadline) for vhost in self._selection.vhosts]

    async def _page(self, vhost: str | None, query: Query, deadline: Deadline) -> _Page:
        path = "queues" if vhost is None else f"queues/{quote(vhost, safe='')}"
        try:
            document, _ = await self._management.get(path, deadline, query)
        except NotAllowed:
            return _Page((), 0, 0, allowed=False)
        except LookupError:
            raise LookupError(f"there is no virtual host {vhost}; correct vhosts of the target") from None
        rows = items_of(document)
        return _Page(rows, _count(document, "filtered_count", rows), _count(document, "total_count", rows))

    def _listed(self, pages: Sequence[_Page], *, has_details: bool) -> Listed:
        rows = self._selection.shown(row for page in pages for row in page.rows)
        allowed = all(page.allowed for page in pages)
        # Where some may not be seen, nobody knows whether a declared queue exists.
        names = self._missing(pages) if allowed and self._sees_all(pages) else []
        return Listed(
            rows=rows,
            missing=[self._selection.missing_key(name) for name in names],
            omitted=max(0, max(_matching(pages), _received(pages)) - len(rows)),
            has_details=has_details,
            denied=not allowed or self._falls_short(pages),
        )

    def _missing(self, pages: Sequence[_Page]) -> list[str]:
        found = {key_of(row)[1] for row in self._selection.shown(row for page in pages for row in page.rows)}
        return [name for name in self._selection.declared if name not in found]

    def _sees_all(self, pages: Sequence[_Page]) -> bool:
        """Whether no virtual host that was not asked for can hold a queue."""
        chosen = bool(self._selection.settings.vhosts)
        return chosen or (self._known.monitors and self._hidden(pages) == 0)

    def _falls_short(self, pages: Sequence[_Page]) -> bool:
        """Whether the account sees fewer queues than there are; a queue may go between two requests."""
        if self._selection.settings.vhosts or self._hidden(pages) == 0:
            self._known.falls_short = 0
            return False
        self._known.falls_short += 1
        return pages[0].visible == 0 or self._known.falls_short > 1

    def _hidden(self, pages: Sequence[_Page]) -> float:
        """Queues of the cluster that were not there to be chosen from."""
        there = self._known.queues
        return 0.0 if there is None else max(0.0, there - pages[0].visible)


def items_of(document: object) -> list[Any]:
    """The queues of one answer; raises TargetDown (protocol)."""
    rows = document.get("items") if is_mapping(document) else None
    if not is_list(rows):
        raise TargetDown("protocol", "the listing of queues has no items")
    return rows


def _matching(pages: Sequence[_Page]) -> int:
    return sum(page.matching for page in pages)


def _received(pages: Sequence[_Page]) -> int:
    return sum(len(page.rows) for page in pages)


def _count(document: Any, name: str, rows: Sequence[Row]) -> int:
    found = number(document.get(name))
    return len(rows) if found is None else int(found)
