"""How a server runs a slow statement, and which index would help: asked for afterwards, on a connection of its own."""

import json
import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from queue import Empty, Full, Queue
from threading import Lock, Thread
from time import monotonic
from typing import Any, NamedTuple, Protocol, cast

from opentelemetry.semconv.attributes.db_attributes import DB_QUERY_TEXT

from watchbill.database.n_plus_one import DATABASE, FINGERPRINT
from watchbill.database.statement import Statement, is_alone, normalised
from watchbill.fault import Faults

PLAN = "db.query.plan"
INDEX_HINT = "db.query.index_hint"
EVERY_SECONDS = 600.0
LARGE_ROWS = 10_000
_KINDS = frozenset({"select", "insert", "update", "delete", "merge"})
_MOST_WAITING = 16
_MOST_TOLD = 1_000
_IDLE_SECONDS = 5.0
_LONGEST = 4_000
_MOST_COLUMNS = 3
_LOG = logging.getLogger("watchbill.database")
_COMPARED = re.compile(
    r"""
    (?:[A-Za-z_]\w*\.|"[^"]+"\.)?([A-Za-z_]\w*|"[^"]+")\)*(?:::[a-z][a-z ]*)?
    \ ?(?:=|<|>|<=|>=|~~|LIKE\b|IN\ ?\()
    """,
    re.VERBOSE,
)
_WHERE = re.compile(r"\bWHERE\b(.*?)(?:\bGROUP BY\b|\bORDER BY\b|\bLIMIT\b|\Z)", re.IGNORECASE | re.DOTALL)
_SCAN = re.compile(r"SCAN (?:TABLE )?(\S+)$")


class Cursor(Protocol):
    """Of a driver by Python's database interface."""

    def execute(self, statement: str, parameters: Any = ...) -> Any:
        """Runs a statement."""
        ...

    def fetchall(self) -> Any:
        """All rows."""
        ...


class Plan(NamedTuple):
    """A plan as text without values, and a hint, empty where there is none."""

    text: str
    hint: str


class Explain(Protocol):
    """Asks one kind of server."""

    def __call__(self, cursor: Cursor, text: str, parameters: Any) -> Plan:
        """Raises what the driver raises."""
        ...


class Plans:
    """Asks in a thread that is there only while there is something to ask; one statement once in ten minutes.

    `connected` calls what it is given with a cursor of a new connection. What cannot be explained is left out.
    """

    def __init__(
        self, db: str, connected: Callable[[Callable[[Cursor], Plan]], Plan], explain: Explain, faults: Faults
    ) -> None:
        self._db = db
        self._connected = connected
        self._explain = explain
        self._faults = faults
        self._begin_process()

    def _begin_process(self) -> None:
        """A forked child has no thread of its parent's."""
        self._process = os.getpid()
        self._waiting: Queue[tuple[Statement, str, Any]] = Queue(_MOST_WAITING)
        self._asked: dict[str, float] = {}
        self._lock = Lock()
        self._running = False

    def put(self, statement: Statement, text: str, parameters: Any) -> None:
        """Asks soon; nothing where too many wait, or where more than the one statement would be asked for."""
        if self._process != os.getpid():
            self._begin_process()
        # EXPLAIN holds for the first statement alone: a second one would be run.
        if statement.kind not in _KINDS or not is_alone(text):
            return
        now, key = monotonic(), statement.fingerprint
        with self._lock:
            if now - self._asked.get(key, -EVERY_SECONDS) < EVERY_SECONDS:
                return
            if len(self._asked) >= _MOST_TOLD:
                self._asked.clear()
            with suppress(Full):
                self._waiting.put_nowait((statement, text, parameters))
                self._asked[key] = now
            if not self._running:
                self._running = True
                Thread(target=self._work, name="watchbill-plans", daemon=True).start()

    def _work(self) -> None:
        while True:
            try:
                statement, text, parameters = self._waiting.get(timeout=_IDLE_SECONDS)
            except Empty:
                with self._lock:
                    if self._waiting.empty():
                        self._running = False
                        return
                continue
            try:
                self._tell(statement, self._connected(partial(self._explain, text=text, parameters=parameters)))
            except Exception as error:  # noqa: BLE001  the server may be gone, or the statement's table
                if type(error).__module__ == "builtins":
                    self._faults.report("plans", error)
                _LOG.info("watchbill: %s tells no plan of a slow statement: %s", self._db, type(error).__qualname__)

    def _tell(self, statement: Statement, plan: Plan) -> None:
        text = plan.text[:_LONGEST]
        fields = {
            DATABASE: self._db,
            DB_QUERY_TEXT: statement.shown,
            FINGERPRINT: statement.fingerprint,
            PLAN: text,
        }
        if plan.hint:
            fields[INDEX_HINT] = plan.hint
        advice = f"; {plan.hint}" if plan.hint else ""
        _LOG.warning("watchbill: the plan of a slow statement on %s%s: %s", self._db, advice, text, extra=fields)


def explain_postgresql(cursor: Cursor, text: str, parameters: Any) -> Plan:
    """By EXPLAIN without ANALYZE: the statement is not run. It waits for no lock longer than two seconds."""
    cursor.execute("SET LOCAL statement_timeout = 2000")
    cursor.execute(f"EXPLAIN (FORMAT JSON) {text}", parameters)
    found = cursor.fetchall()[0][0]
    root = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    nodes = list(_nodes(root, 0))
    hints = [_postgresql_hint(cursor, node) for _, node in nodes if node.get("Node Type") == "Seq Scan"]
    return Plan("; ".join(_told(depth, node) for depth, node in nodes), "; ".join(filter(None, hints)))


def explain_sqlite(cursor: Cursor, text: str, parameters: Any) -> Plan:
    """By EXPLAIN QUERY PLAN."""
    cursor.execute(f"EXPLAIN QUERY PLAN {text}", parameters)
    steps = [str(row[3]) for row in cursor.fetchall()]
    condition = _WHERE.search(normalised(text))
    columns = _columns(condition[1] if condition else "")
    hints: list[str] = []
    for table in (found[1] for step in steps if (found := _SCAN.match(step))):
        quoted = table.replace('"', '""')
        # The highest row number costs no scan, and is the number of rows where none were deleted.
        cursor.execute(f'SELECT max(rowid) FROM "{quoted}"')  # noqa: S608  a name that SQLite told itself, quoted
        hints.append(_hint(table, columns, cursor.fetchall()[0][0] or 0))
    return Plan(normalised("; ".join(steps)), "; ".join(filter(None, hints)))


def _nodes(node: dict[str, Any], depth: int) -> Iterator[tuple[int, dict[str, Any]]]:
    yield depth, node
    for child in cast("list[dict[str, Any]]", node.get("Plans", [])):
        yield from _nodes(child, depth + 1)


def _told(depth: int, node: dict[str, Any]) -> str:
    where = f" on {node['Relation Name']}" if "Relation Name" in node else ""
    index = f" by {node['Index Name']}" if "Index Name" in node else ""
    condition = node.get("Filter") or node.get("Index Cond") or node.get("Hash Cond") or ""
    told = f" where {normalised(condition)}" if condition else ""
    return f"{'> ' * depth}{node['Node Type']}{where}{index}{told} (rows {node.get('Plan Rows', 0)})"


def _postgresql_hint(cursor: Cursor, node: dict[str, Any]) -> str:
    table, condition = str(node.get("Relation Name", "")), str(node.get("Filter", ""))
    if not table or not condition:
        return ""
    quoted = table.replace("'", "''")
    cursor.execute(f"SELECT max(reltuples) FROM pg_class WHERE relname = '{quoted}'")  # noqa: S608  told by the server, quoted
    return _hint(table, _columns(condition), int(cursor.fetchall()[0][0] or 0))


def _columns(condition: str) -> list[str]:
    found = (name[1].strip('"') for name in _COMPARED.finditer(condition))
    return list(dict.fromkeys(found))[:_MOST_COLUMNS]


def _hint(table: str, columns: list[str], rows: int) -> str:
    if not columns or rows < LARGE_ROWS:
        return ""
    return f"an index on {table} ({', '.join(columns)}) may save reading {rows} rows"
