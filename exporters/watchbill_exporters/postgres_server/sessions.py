"""Sessions, read once as groups that are and do the same; every number here is a total of such groups."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import LiteralString, NamedTuple

from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.postgres_server.sessions import (
    MOST_APPLICATIONS,
    MOST_IDLE_GROUPS,
    MOST_SESSION_GROUPS,
    PG_ACTIVITY,
    PG_CONNECTIONS,
    PG_CONNECTIONS_LIMIT,
    PG_CONNECTIONS_USED,
    PG_MAX_TRANSACTION_DURATION,
    PG_PROCESS_IDLE,
    PG_STATE,
)
from watchbill.catalogue.postgres_server.transactions import (
    LONG_SECONDS,
    PG_IDLE_IN_TRANSACTION_AGE,
    PG_LONG_TRANSACTIONS,
    PG_LONGEST_TRANSACTION,
    PG_TRANSACTION_AGE,
    PG_XMIN_AGE,
)
from watchbill_exporters.collector import Distribution, Key, Measured, distributions, series, single
from watchbill_exporters.postgres_server.collector import PostgresCollector, always
from watchbill_exporters.postgres_server.rights import STATISTICS
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

OTHER = "other"
UNKNOWN = "unknown"
_CLIENT, _SENDER, _AUTOVACUUM = "client backend", "walsender", "autovacuum worker"
_IDLE_BOUNDS = ("idle_1", "idle_2", "idle_5", "idle_15", "idle_30", "idle_60", "idle_90", "idle_120", "idle_300")

# A database without sessions has a row as well. What vacuum sees holds back no other vacuum. A role without
# pg_read_all_stats sees neither state nor application.
_QUERY: LiteralString = """
WITH sessions AS (
  SELECT *, extract(epoch FROM now() - xact_start) AS open,
         CASE WHEN state LIKE 'idle%' THEN extract(epoch FROM now() - state_change) END AS idle,
         pid = pg_backend_pid() OR EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.pid = s.pid) AS harmless
  FROM pg_stat_activity s
), groups AS (
  SELECT datid, datname, state, usename, application_name, backend_type, wait_event_type, wait_event,
         count(*) AS sessions, greatest(0, max(open)) AS open,
         greatest(0, max(idle) FILTER (WHERE xact_start IS NOT NULL)) AS idle_in_transaction,
         count(*) FILTER (WHERE open > $1::float8) AS long,
         max(greatest(age(backend_xmin), age(backend_xid))) FILTER (WHERE NOT harmless) AS horizon,
         greatest(0, sum(idle)) AS idle,
         count(*) FILTER (WHERE idle <= 1) AS idle_1, count(*) FILTER (WHERE idle <= 2) AS idle_2,
         count(*) FILTER (WHERE idle <= 5) AS idle_5, count(*) FILTER (WHERE idle <= 15) AS idle_15,
         count(*) FILTER (WHERE idle <= 30) AS idle_30, count(*) FILTER (WHERE idle <= 60) AS idle_60,
         count(*) FILTER (WHERE idle <= 90) AS idle_90, count(*) FILTER (WHERE idle <= 120) AS idle_120,
         count(*) FILTER (WHERE idle <= 300) AS idle_300
  FROM sessions GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
)
SELECT coalesce(g.datname, d.datname)::text AS datname, state, usename::text AS usename, application_name, backend_type,
       wait_event_type, wait_event, coalesce(sessions, 0) AS sessions, open::float8 AS open,
       idle_in_transaction::float8 AS idle_in_transaction, long, horizon, idle::float8 AS idle,
       idle_1, idle_2, idle_5, idle_15, idle_30, idle_60, idle_90, idle_120, idle_300,
       current_setting('max_connections')::int4 - current_setting('superuser_reserved_connections')::int4
       - coalesce(current_setting('reserved_connections', true)::int4, 0) AS usable
FROM groups g FULL JOIN (SELECT oid, datname FROM pg_database WHERE datallowconn) d ON d.oid = g.datid
ORDER BY coalesce(g.datname, d.datname) <> current_database(), coalesce(g.datid, d.oid), sessions DESC
"""


class _Group(NamedTuple):
    """Sessions that are and do the same, none of them in the row of a database that nobody uses."""

    datname: str
    state: str
    usename: str
    application_name: str
    backend_type: str
    wait_event_type: str
    wait_event: str
    sessions: float
    open: float
    idle_in_transaction: float
    long: float
    horizon: float
    idle: float
    idle_within: tuple[float, ...]

    @property
    def key(self) -> Key:
        return (
            self.datname,
            self.state,
            self.usename,
            self.application_name,
            self.backend_type,
            self.wait_event_type,
            self.wait_event,
        )


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    found = _groups(table)
    databases = list(dict.fromkeys(group.datname for group in found if group.datname))[: PG_DATABASE.limit]
    usable = table.number("usable")
    if usable is not None:
        yield single(PG_CONNECTIONS_LIMIT, usable)
    if STATISTICS not in server.held:
        yield from _masked(found, databases)
        return
    yield from _activity(found, databases)
    yield from _connections([group for group in found if group.backend_type == _CLIENT])
    yield from _transactions(found, databases)
    yield from _horizon(found)


def _groups(table: Table) -> list[_Group]:
    texts = [table.texts(name) for name in _Group._fields[:7]]
    numbers = [[value or 0.0 for value in table.numbers(name)] for name in _Group._fields[7:13]]
    within = zip(*([value or 0.0 for value in table.numbers(name)] for name in _IDLE_BOUNDS), strict=True)
    return [_Group(*row) for row in zip(*texts, *numbers, within, strict=True)]


def _masked(found: Sequence[_Group], databases: Sequence[str]) -> Iterable[Measured]:
    """All that a weak role may know: how many sessions a database has."""
    counts = dict.fromkeys(databases, 0.0)
    for group in found:
        if group.datname in counts:
            counts[group.datname] += group.sessions
    rest = ("",) * (len(PG_ACTIVITY.labels) - 2)
    yield series(PG_ACTIVITY, [((name, UNKNOWN, *rest), count) for name, count in counts.items()])


def _activity(found: Sequence[_Group], databases: Sequence[str]) -> Iterable[Measured]:
    """The largest groups; the rest by database and state; 0 for each state that no session of a database is in."""
    # Processes of the server's own have no state; a client's session always has one.
    busy = [
        group._replace(state=group.state or UNKNOWN)
        for group in found
        if group.sessions and group.datname and (group.state or group.backend_type == _CLIENT)
    ]
    busy.sort(key=lambda group: (-group.sessions, group.key))
    counts: dict[Key, float] = {}
    open_for: dict[Key, float] = {}
    for number, group in enumerate(busy):
        key = group.key if number < MOST_SESSION_GROUPS else (*group.key[:2], *(OTHER,) * (len(group.key) - 2))
        counts[key] = counts.get(key, 0.0) + group.sessions
        open_for[key] = max(open_for.get(key, 0.0), group.open)
    present = {(group.datname, group.state) for group in busy}
    for key in ((name, state) for name in databases for state in PG_STATE.values):
        if key not in present:
            counts[*key, *("",) * (len(PG_ACTIVITY.labels) - 2)] = 0.0
    keys = list(counts)
    yield Measured(PG_ACTIVITY, keys, list(counts.values()))
    yield Measured(PG_MAX_TRANSACTION_DURATION, keys, [open_for.get(key, 0.0) for key in keys])


def _connections(clients: Sequence[_Group]) -> Iterable[Measured]:
    yield single(PG_CONNECTIONS_USED, sum(group.sessions for group in clients))
    kept = _largest(clients, lambda group: group.application_name, MOST_APPLICATIONS - 1)
    counts: dict[Key, float] = defaultdict(float)
    for group in clients:
        name = group.application_name if group.application_name in kept else OTHER
        counts[group.state or UNKNOWN, name] += group.sessions
    yield series(PG_CONNECTIONS, counts.items())
    yield from _idle(clients)


def _idle(clients: Sequence[_Group]) -> Iterable[Measured]:
    idle = [group for group in clients if group.state.startswith("idle")]
    kept = _largest(idle, lambda group: (group.state, group.application_name), MOST_IDLE_GROUPS // 2)
    by_key: dict[Key, list[_Group]] = defaultdict(list)
    for group in idle:
        key = (group.state, group.application_name)
        by_key[key if key in kept else (group.state, OTHER)].append(group)
    yield from distributions(PG_PROCESS_IDLE, [_distribution(key, groups) for key, groups in by_key.items()])


def _distribution(key: Key, groups: Sequence[_Group]) -> Distribution:
    within = (sum(counts) for counts in zip(*(group.idle_within for group in groups), strict=True))
    return Distribution(
        key,
        dict(zip(PG_PROCESS_IDLE.buckets, within, strict=True)),
        sum(group.idle for group in groups),
        sum(group.sessions for group in groups),
    )


def _largest(groups: Sequence[_Group], name: Callable[[_Group], object], most: int) -> set[object]:
    """The names with the most sessions."""
    counts: dict[object, float] = defaultdict(float)
    for group in groups:
        counts[name(group)] += group.sessions
    return set(sorted(counts, key=lambda one: (-counts[one], str(one)))[:most])


def _transactions(found: Sequence[_Group], databases: Sequence[str]) -> Iterable[Measured]:
    mine = [group for group in found if group.backend_type not in {_AUTOVACUUM, _SENDER}]
    yield single(PG_LONG_TRANSACTIONS, sum(group.long for group in mine))
    yield single(PG_LONGEST_TRANSACTION, max((group.open for group in mine if group.long), default=0.0))
    open_for = dict.fromkeys(databases, 0.0)
    idle_for = dict.fromkeys(databases, 0.0)
    for group in mine:
        if group.datname in open_for:
            open_for[group.datname] = max(open_for[group.datname], group.open)
            idle_for[group.datname] = max(idle_for[group.datname], group.idle_in_transaction)
    keys = [(name,) for name in databases]
    yield Measured(PG_TRANSACTION_AGE, keys, list(open_for.values()))
    yield Measured(PG_IDLE_IN_TRANSACTION_AGE, keys, list(idle_for.values()))


def _horizon(found: Sequence[_Group]) -> Iterable[Measured]:
    """What a standby's queries hold back is held by the process that sends it WAL."""
    ages = {
        "session": max((group.horizon for group in found if group.backend_type != _SENDER), default=0.0),
        "standby": max((group.horizon for group in found if group.backend_type == _SENDER), default=0.0),
    }
    yield series(PG_XMIN_AGE, [((holder,), age) for holder, age in ages.items()])


SESSIONS = PostgresCollector(
    name="sessions",
    query=always(_QUERY),
    measure=_measure,
    arguments=lambda _: (str(LONG_SECONDS),),
)
