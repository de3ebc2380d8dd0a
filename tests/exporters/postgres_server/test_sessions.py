"""Sessions by what they are and do."""

import threading
from contextlib import ExitStack, suppress

import psycopg

from tests.exporters.postgres_server.scraping import scraped
from tests.plugins.exposition import samples, selected
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.programs import wait_until
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.postgres_server.sessions import (
    MOST_APPLICATIONS,
    MOST_SESSION_GROUPS,
    PG_ACTIVITY,
    PG_APPLICATION,
    PG_CONNECTIONS,
    PG_CONNECTIONS_USED,
    PG_MAX_TRANSACTION_DURATION,
    PG_PROCESS_IDLE,
    PG_STATE,
    PG_USER,
)
from watchbill.catalogue.postgres_server.transactions import (
    PG_HOLDER,
    PG_LONG_TRANSACTIONS,
    PG_LONGEST_TRANSACTION,
    PG_XMIN_AGE,
)
from watchbill_exporters import PostgresSettings
from watchbill_exporters.collector import Measured
from watchbill_exporters.postgres_server.rights import PARTS
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.sessions import OTHER, SESSIONS
from watchbill_exporters.postgres_server.table import Table, Value

_SERVER = Server(
    settings=PostgresSettings(name="orders", address="db:5432"),
    version=150_000,
    standby=False,
    database="shop",
    encoding="UTF8",
    held=PARTS,
    extensions={},
)


_VACUUMS = "SELECT count(*)::int FROM pg_stat_progress_vacuum WHERE relid = 'swept'::regclass"


async def test_each_state_of_a_database_has_its_sessions_or_a_zero(postgres_server: PostgresServer) -> None:
    with ExitStack() as stack:
        for query in ("SELECT 1", "BEGIN", "BEGIN; SELECT txid_current()"):
            session = stack.enter_context(postgres_server.connect())
            session.execute("SET application_name = 'till'")
            session.execute(query.encode())
        text = await scraped(postgres_server)
    till = {PG_DATABASE: "postgres", PG_USER: "admin", PG_APPLICATION: "till"}
    assert sum(selected(text, PG_ACTIVITY, {**till, PG_STATE: "idle"})) == 1
    assert sum(selected(text, PG_ACTIVITY, {**till, PG_STATE: "idle in transaction"})) == 2
    assert max(selected(text, PG_MAX_TRANSACTION_DURATION, {**till, PG_STATE: "idle in transaction"})) > 0
    assert selected(text, PG_ACTIVITY, {PG_DATABASE: "postgres", PG_STATE: "disabled"}) == [0]
    assert selected(text, PG_ACTIVITY, {PG_DATABASE: "template1", PG_STATE: "active"}) == [0]
    assert selected(text, PG_CONNECTIONS, {PG_APPLICATION: "till", PG_STATE: "idle"}) == [1]
    assert selected(text, PG_CONNECTIONS_USED, {}) == [sum(selected(text, PG_CONNECTIONS, {}))]
    assert selected(text, PG_XMIN_AGE, {PG_HOLDER: "session"})[0] >= 1
    idle = {key: number for key, number in samples(text).items() if key[0].startswith(PG_PROCESS_IDLE.name)}
    assert idle[f"{PG_PROCESS_IDLE.name}_count", ("till", "idle in transaction")] == 2
    assert idle[f"{PG_PROCESS_IDLE.name}_bucket", ("till", "+Inf", "idle")] == 1
    assert idle[f"{PG_PROCESS_IDLE.name}_bucket", ("till", "300.0", "idle")] == 1


async def test_a_vacuum_keeps_no_other_from_its_work(either_postgres: PostgresServer) -> None:
    either_postgres.execute("CREATE TABLE swept AS SELECT 1 AS id FROM generate_series(1, 20000)")
    with either_postgres.connect() as sweeper:
        sweeper.execute("SET vacuum_cost_limit = 1; SET vacuum_cost_delay = 100")
        sweep = threading.Thread(target=_until_cancelled, args=(sweeper, "VACUUM swept"))
        sweep.start()
        wait_until(lambda: either_postgres.execute(_VACUUMS) == [(1,)], "a vacuum runs")
        either_postgres.execute("DO 'BEGIN FOR i IN 1..50 LOOP PERFORM txid_current(); COMMIT; END LOOP; END'")
        held = either_postgres.execute("SELECT max(age(backend_xmin)) >= 50 FROM pg_stat_activity")
        text = await scraped(either_postgres)
        sweeper.cancel_safe()
        sweep.join()
    either_postgres.execute("DROP TABLE swept")
    assert held == [(True,)]
    assert selected(text, PG_XMIN_AGE, {PG_HOLDER: "session"})[0] < 50


def _until_cancelled(connection: "psycopg.Connection[tuple[object, ...]]", query: str) -> None:
    with suppress(psycopg.errors.QueryCanceled):
        connection.execute(query.encode())


def test_many_groups_are_summed_beyond_a_bound_and_no_session_is_lost() -> None:
    groups = MOST_SESSION_GROUPS + 50
    measured = _measured([_row(application_name=f"job {number}", sessions=2) for number in range(groups)])
    activity = dict(zip(measured[PG_ACTIVITY.name].keys, measured[PG_ACTIVITY.name].values, strict=True))
    assert sum(activity.values()) == 2 * groups
    assert activity["shop", "idle", OTHER, OTHER, OTHER, OTHER, OTHER] == 100
    assert len(activity) <= PG_ACTIVITY.series_limit
    connections = measured[PG_CONNECTIONS.name]
    assert len(connections.keys) <= MOST_APPLICATIONS
    assert sum(connections.values) == 2 * groups


def test_a_transaction_is_long_after_a_minute_unless_it_is_a_vacuum() -> None:
    rows = [
        _row(state="active", open=90.0, long=1.0),
        _row(state="active", backend_type="autovacuum worker", open=900.0, long=1.0),
        _row(state="active", open=30.0),
    ]
    measured = _measured(rows)
    assert list(measured[PG_LONG_TRANSACTIONS.name].values) == [1]
    assert list(measured[PG_LONGEST_TRANSACTION.name].values) == [90]


def _row(**given: Value) -> dict[str, Value]:
    bounds = dict.fromkeys((f"idle_{int(bound)}" for bound in PG_PROCESS_IDLE.buckets), 0.0)
    client = {"datname": "shop", "state": "idle", "usename": "clerk", "application_name": "till"}
    numbers = dict.fromkeys(("open", "idle_in_transaction", "long", "horizon", "idle"), 0.0)
    return {
        **client,
        "backend_type": "client backend",
        "wait_event_type": "Client",
        "wait_event": "ClientRead",
        "sessions": 1.0,
        "usable": 97.0,
        **numbers,
        **bounds,
        **given,
    }


def _measured(rows: list[dict[str, Value]]) -> dict[str, Measured]:
    table = Table({name: [row[name] for row in rows] for name in rows[0]})
    return {one.metric.name: one for one in SESSIONS.measure(table, _SERVER)}
