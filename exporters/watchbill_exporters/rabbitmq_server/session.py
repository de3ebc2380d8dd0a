"""Reads a cluster: its overview, its nodes and its queues, in three or four requests."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Any

from watchbill.catalogue.rabbitmq import RABBITMQ_DEAD_LETTERS, RABBITMQ_PERMISSION, RABBITMQ_QUEUES_OMITTED
from watchbill_exporters.collector import Collected, Measured, Reading, Row, collected, column, series, single
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.json_value import is_list, is_mapping, number
from watchbill_exporters.rabbitmq_server import overview as overviews
from watchbill_exporters.rabbitmq_server.dead_letters import BINDING_COLUMNS, QUEUE_COLUMNS, dead_letter_queues
from watchbill_exporters.rabbitmq_server.listing import PAGE, Known, Listed, Listing, items_of
from watchbill_exporters.rabbitmq_server.management import Management, NotAllowed
from watchbill_exporters.rabbitmq_server.nodes import COLUMNS as NODE_COLUMNS
from watchbill_exporters.rabbitmq_server.nodes import nodes
from watchbill_exporters.rabbitmq_server.queues import celery, details, totals
from watchbill_exporters.rabbitmq_server.rights import LISTENER, MONITORING, VHOST
from watchbill_exporters.rabbitmq_server.selection import Row as Queue
from watchbill_exporters.rabbitmq_server.selection import Selection, is_named, key_of, pattern_of
from watchbill_exporters.rabbitmq_server.settings import RabbitmqSettings
from watchbill_exporters.reason import TargetDown

DEAD_LETTERS = "dead_letters"
QUEUE_DETAILS = "queue_details"
_DEPTH = "name,vhost,messages"

Measure = Callable[[], Iterable[Measured]]


class RabbitmqSession:
    """A connection to the management listener; what is `known` outlives it."""

    def __init__(self, management: Management, settings: RabbitmqSettings, known: Known) -> None:
        self._management = management
        self._settings = settings
        self._selection = Selection(settings)
        self._listing = Listing(management, self._selection, known)
        self._known = known
        self._monitors: bool | None = None
        self._listed: Listed | None = None

    async def read(self, ping: Deadline, whole: Deadline) -> Reading:
        """The overview tells whether the cluster answers; nodes and queues are read in the time that is left."""
        began = perf_counter()
        self._monitors, self._listed = None, None
        document, first_byte = await self._overview(ping)
        found = [
            collected("overview", _since(began), partial(overviews.overview, document)),
            await self._attempt("nodes", partial(self._nodes, document, whole)),
            await self._attempt("queues", partial(self._queues, document, whole)),
        ]
        found.append(collected("permissions", _since(perf_counter()), self._permissions))
        return Reading(ping_seconds=first_byte, collected=found, intact=self._management.reusable)

    async def read_slowly(self, name: str, deadline: Deadline) -> Collected:
        """Dead letters, or the statistics of queues where there are many."""
        read = self._dead_letters if name == DEAD_LETTERS else self._details
        return await self._attempt(name, partial(read, deadline))

    async def close(self) -> None:
        """Drops the connection."""
        await self._management.close()

    async def _overview(self, deadline: Deadline) -> tuple[Mapping[str, Any], float]:
        try:
            document, first_byte = await self._management.get("overview", deadline, {"columns": overviews.COLUMNS})
        except LookupError:
            cause, remedy = f"{self._settings.address} is no management listener", f"`{LISTENER}` switches one on"
            raise TargetDown("protocol", cause, remedy) from None
        except NotAllowed:
            raise TargetDown("auth", f"user {self._settings.user} may not see the overview") from None
        if not is_mapping(document):
            raise TargetDown("protocol", "the overview is no mapping")
        return document, first_byte

    async def _attempt(self, name: str, read: Callable[[], Awaitable[Measure]]) -> Collected:
        """What cannot be read is this collector's fault alone."""
        began = perf_counter()
        try:
            measure = await read()
        except TargetDown as down:
            return Collected(name=name, seconds=perf_counter() - began, fault=f"{down}; remedy: {down.remedy}")
        except LookupError as error:
            return Collected(name=name, seconds=perf_counter() - began, fault=str(error))
        return collected(name, _since(began), measure)

    async def _nodes(self, overview: Mapping[str, Any], deadline: Deadline) -> Measure:
        try:
            found, _ = await self._management.get("nodes", deadline, {"columns": NODE_COLUMNS})
        except NotAllowed:
            self._monitors = self._known.monitors = False
            return _nothing
        self._monitors = self._known.monitors = True
        if not is_list(found):
            raise TargetDown("protocol", "the listing of nodes is no list")
        return partial(nodes, found, overview)

    async def _queues(self, overview: Mapping[str, Any], deadline: Deadline) -> Measure:
        self._listed = await self._listing.read(overview, deadline)
        return partial(self._of_queues, self._listed)

    def _of_queues(self, listed: Listed) -> Iterator[Measured]:
        yield single(RABBITMQ_QUEUES_OMITTED, listed.omitted)
        yield from totals(listed.rows, listed.missing)
        if listed.has_details:
            yield from details(listed.rows, listed.missing)
        yield from celery(self._selection, listed.rows, listed.missing)

    def _permissions(self) -> Iterator[Measured]:
        known: list[Row] = []
        if self._monitors is not None:
            known.append(((MONITORING,), float(self._monitors)))
        if self._listed is not None:
            known.append(((VHOST,), float(not self._listed.denied)))
        yield series(RABBITMQ_PERMISSION, known)

    async def _details(self, deadline: Deadline) -> Measure:
        listed = await self._listing.fullest(deadline)
        return partial(details, listed.rows, listed.missing)

    async def _dead_letters(self, deadline: Deadline) -> Measure:
        if self._settings.dead_letter_queues:
            pattern = pattern_of(self._settings.dead_letter_queues)
            query: dict[str, str | int] = {"page": 1, "page_size": PAGE, "name": pattern, "use_regex": "true"}
            answer, _ = await self._management.get("queues", deadline, {**query, "columns": _DEPTH})
            return partial(_depth, self._chosen(items_of(answer)))
        rows, _ = await self._management.get("queues", deadline, {"columns": QUEUE_COLUMNS})
        bindings, _ = await self._management.get("bindings", deadline, {"columns": BINDING_COLUMNS})
        return partial(_depth_of_dead_letters, self._chosen(rows), bindings)

    def _chosen(self, rows: Iterable[Any]) -> list[Queue]:
        """Queues of the virtual hosts that are shown."""
        vhosts = self._settings.vhosts
        return [row for row in rows if is_named(row) and (not vhosts or row["vhost"] in vhosts)]


def _depth_of_dead_letters(rows: Sequence[Queue], bindings: list[Any]) -> Iterable[Measured]:
    dead = dead_letter_queues(rows, bindings)
    return _depth([row for row in rows if key_of(row) in dead])


def _depth(rows: Sequence[Queue]) -> Iterator[Measured]:
    yield column(RABBITMQ_DEAD_LETTERS, [key_of(row) for row in rows], [number(row.get("messages")) for row in rows])


def _nothing() -> Iterable[Measured]:
    return ()


def _since(began: float) -> Callable[[], float]:
    return lambda: perf_counter() - began
