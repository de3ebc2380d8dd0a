"""Statements that one request repeats, one after the other, from one place.

One after the other is what one task, or one call in a thread, does: a fan-out has many. An error forgets all that was
seen: what comes next may be another try. Task and stack are looked at three times on the way to the bound; where they
differ, each further repetition is looked at until one place has reached the bound by itself.
"""

import logging
from typing import TYPE_CHECKING, Any

from opentelemetry.semconv.attributes.code_attributes import CODE_FILE_PATH, CODE_FUNCTION_NAME, CODE_LINE_NUMBER
from opentelemetry.semconv.attributes.db_attributes import DB_COLLECTION_NAME, DB_OPERATION_NAME, DB_QUERY_TEXT
from opentelemetry.semconv.attributes.http_attributes import HTTP_ROUTE

from watchbill.database.place import Place, here
from watchbill.database.strand import Strand, strand

if TYPE_CHECKING:
    from watchbill.database.meter import Known, Meter

Look = tuple[Place, Strand]

COUNT = "db.query.count"
FINGERPRINT = "db.query.fingerprint"
DATABASE = "db"
_LOG = logging.getLogger("watchbill.database")
_MOST_STATEMENTS = 256
_LOOKS = 5
_OF_INTEREST = frozenset({"select", "insert", "update", "delete", "merge", "call"})


def marks(bound: int) -> frozenset[int]:
    """The repetitions at which the stack is looked at, on the way to a bound and at it."""
    return frozenset({max(2, bound // 3), max(2, bound * 2 // 3), bound} if bound else ())


def key_of(db: str, known: "Known", *, knows_pages: bool) -> str:
    """What is the same of repetitions; empty for a statement whose repetition is nothing to tell of.

    That is one which asks for many at once, and one of a page, unless it is known better for each execution.
    """
    statement = known.statement
    if statement.kind not in _OF_INTEREST or statement.is_cut:
        return ""
    batched, text = statement.is_batched, statement.normalised
    statement.forget()
    if batched:
        return ""
    return "" if not knows_pages and " OFFSET " in text.upper() else f"{db}\0{text}"


class Repetitions:
    """Those of one request. At most 256 different statements are watched."""

    __slots__ = ("_counts", "_found", "_looks", "_tallies")

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._looks: dict[str, list[Look]] = {}
        self._tallies: dict[str, list[Look]] = {}
        self._found: dict[str, tuple[Meter, Known, Place]] = {}

    def note(self, meter: "Meter", known: "Known", key: str, origin: Any) -> None:
        """One execution that ended well."""
        counts = self._counts
        count = counts.get(key, 0) + 1
        if count == 1 and len(counts) >= _MOST_STATEMENTS:
            return
        counts[key] = count
        if count in meter.marks or (self._tallies and key in self._tallies):
            self._look(meter, known, key, count, origin)

    def forget(self) -> None:
        """Begins anew, after an error."""
        self._counts = {key: count for key, count in self._counts.items() if key in self._found}
        self._looks.clear()
        self._tallies.clear()

    def settle(self, route: str) -> None:
        """Tells of each, once; the request is over."""
        found, self._found = self._found, {}
        for key, (meter, known, place) in found.items():
            try:
                if meter.series is not None:
                    meter.series.repeat(route)
                _tell(meter, known, place, self._counts.get(key, 0), route)
            except Exception as error:  # noqa: BLE001  never into the application
                meter.faults.report("database", error)

    def _look(self, meter: "Meter", known: "Known", key: str, count: int, origin: Any) -> None:
        if key in self._found:
            return
        bound = meter.queries.n_plus_one
        look = (here(), strand())
        tally = self._tallies.get(key)
        if tally is not None:
            tally.append(look)
            if tally.count(look) >= bound:
                self._take(meter, known, key, look[0], origin)
            elif len(tally) >= bound * _LOOKS:
                del self._tallies[key]
            return
        looks = self._looks.setdefault(key, [])
        looks.append(look)
        if count < bound:
            return
        if looks.count(look) == len(looks):
            self._take(meter, known, key, look[0], origin)
        else:
            self._tallies[key] = [look]

    def _take(self, meter: "Meter", known: "Known", key: str, place: Place, origin: Any) -> None:
        self._tallies.pop(key, None)
        if not (meter.is_page is not None and meter.is_page(origin)):
            self._found[key] = (meter, known, place)


def _tell(meter: "Meter", known: "Known", place: Place, count: int, route: str) -> None:
    statement = known.statement
    _LOG.warning(
        "watchbill: %d times the same statement in one request of %s, from %s: %s",
        count,
        route,
        place,
        statement.shown,
        extra={
            DATABASE: meter.db,
            DB_QUERY_TEXT: statement.shown,
            FINGERPRINT: statement.fingerprint,
            DB_OPERATION_NAME: statement.kind.upper(),
            DB_COLLECTION_NAME: statement.table,
            COUNT: count,
            HTTP_ROUTE: route,
            CODE_FILE_PATH: place.file,
            CODE_LINE_NUMBER: place.line,
            CODE_FUNCTION_NAME: place.function,
        },
    )
