"""Every metric of a server in use is there, with the value that the server itself gives."""

from collections.abc import Iterator

import pytest

from tests.exporters.postgres_server.scraping import numbers, scraped
from tests.plugins.exposition import names, selected, values
from tests.plugins.postgres_server import PostgresServer
from watchbill.catalogue import Counter, Label, Metric, Subject
from watchbill.catalogue.postgres_server import (
    checkpoints,
    databases,
    disk,
    limits,
    locks,
    probe,
    replication,
    server,
    sessions,
    transactions,
    wal,
)

_MODULES = (probe, server, sessions, transactions, locks, databases, limits, wal, checkpoints, disk, replication)
_DECLARED = {metric.name for module in _MODULES for metric in Subject.of(module).metrics}
_ONLY_ON_A_STANDBY = {
    metric.name
    for metric in Subject.of(replication).metrics
    if metric.labels and metric.labels[0] is replication.PG_UPSTREAM
} | {
    replication.PG_LAST_REPLAY.name,
    replication.PG_REPLAY_LAG_BYTES.name,
    replication.PG_LINK_UP.name,
    replication.PG_LINK_SILENCE.name,
    replication.PG_REPLAY_PAUSED.name,
}
_ONLY_WITH_A_STANDBY = {
    metric.name
    for metric in Subject.of(replication).metrics
    if metric.labels and metric.labels[0] is sessions.PG_APPLICATION
}
_ONLY_ONCE_IT_HAPPENED = {
    probe.PG_UP_REASON.name,
    databases.PG_DATABASE_STATS_RESET.name,
    databases.PG_CHECKSUM_LAST_FAILURE.name,
    wal.PG_ARCHIVE_AGE.name,
    wal.PG_ARCHIVE_FAILURE_AGE.name,
    replication.PG_SLOT_SAFE.name,
    replication.PG_SLOT_SAFE_ALIAS.name,
    replication.PG_SUBSCRIPTION_SILENCE.name,
    disk.PG_IO_WRITEBACKS.name,
}
_CONDITIONAL = _ONLY_ON_A_STANDBY | _ONLY_WITH_A_STANDBY | _ONLY_ONCE_IT_HAPPENED
_SINCE = {
    16: {metric.name for metric in Subject.of(disk).metrics} | {databases.PG_CONFLICTS_LOGICAL_SLOT.name},
    17: {
        replication.PG_SLOT_INACTIVE.name,
        checkpoints.PG_CHECKPOINTER_RESTARTS_TIMED.name,
        checkpoints.PG_CHECKPOINTER_RESTARTS_REQUESTED.name,
        checkpoints.PG_CHECKPOINTER_RESTARTS_DONE.name,
        checkpoints.PG_CHECKPOINTER_RESET.name,
    },
    18: {
        checkpoints.PG_CHECKPOINTER_DONE.name,
        databases.PG_PARALLEL_WORKERS_PLANNED.name,
        databases.PG_PARALLEL_WORKERS_LAUNCHED.name,
        # Its clusters have checksums unless they are made without.
        databases.PG_CHECKSUM_FAILURES.name,
    },
}
_UNTIL_17 = {
    wal.PG_WAL_WRITES.name,
    wal.PG_WAL_SYNCS.name,
    wal.PG_WAL_WRITE_TIME.name,
    wal.PG_WAL_SYNC_TIME.name,
}
Expected = tuple[Metric, dict[Label, str], str]
"""A metric, label values of one of its series, and a query whose results before and after the scrape embrace it."""
_IN_SHOP = {databases.PG_DATABASE: "shop"}
_OF_SHOP = "FROM pg_stat_database WHERE datname = 'shop'"


@pytest.fixture
def busy(either_postgres: PostgresServer) -> Iterator[PostgresServer]:
    """A server with a second database, slots, a subscription, a prepared transaction and an idle session."""
    one = either_postgres
    for statement in (
        "DROP DATABASE IF EXISTS shop WITH (FORCE)",
        "CREATE DATABASE shop CONNECTION LIMIT 7",
        "CREATE EXTENSION IF NOT EXISTS pg_buffercache",
        "SELECT pg_create_physical_replication_slot('kept', true)",
    ):
        one.execute(statement)
    one.execute("SELECT pg_create_logical_replication_slot('fed', 'pgoutput')")
    one.execute("CREATE TABLE goods (id serial PRIMARY KEY, price int); INSERT INTO goods (price) VALUES (3)", "shop")
    one.execute("ALTER TABLE goods ADD CONSTRAINT positive CHECK (price > 0) NOT VALID", "shop")
    one.execute("GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO watchbill", "shop")
    one.execute("CREATE SUBSCRIPTION feed CONNECTION 'host=none' PUBLICATION p WITH (connect = false)", "shop")
    with one.connect() as idle:
        idle.execute("SELECT 1")
        with one.connect() as prepared:
            prepared.execute("BEGIN; CREATE TABLE later (); PREPARE TRANSACTION 'later'")
        yield one
    one.execute("ROLLBACK PREPARED 'later'")
    one.execute("ALTER SUBSCRIPTION feed SET (slot_name = NONE); DROP SUBSCRIPTION feed", "shop")
    one.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
    one.execute("DROP DATABASE shop WITH (FORCE)")
    one.execute("DROP EXTENSION pg_buffercache")


async def test_every_metric_is_there_with_the_value_that_the_server_gives(busy: PostgresServer) -> None:
    version = int(numbers(busy, ["SELECT current_setting('server_version_num')::int"])[0]) // 10_000
    later = {name for since, further in _SINCE.items() if version < since for name in further}
    absent = _CONDITIONAL | later | (_UNTIL_17 if version > 17 else later)
    expected = [*_expected_of_databases(), *_expected_of_the_rest(), *_expected_of_replication()]
    queries = [query for _, _, query in expected]
    before = numbers(busy, queries)
    text = await scraped(busy)
    after = numbers(busy, queries)
    found = {_family(name) for name in names(text)}
    assert _DECLARED - absent - found == set()
    assert found & (_DECLARED - _CONDITIONAL) & absent == set()
    assert values(text, probe.PG_SCRAPE_ERROR) == [0]
    shown = [selected(text, metric, labels) for metric, labels, _ in expected]
    wrong = [
        (metric.name, low, got, high)
        for (metric, _, _), low, got, high in zip(expected, before, shown, after, strict=True)
        if len(got) != 1 or not min(low, high) <= got[0] <= max(low, high)
    ]
    assert wrong == []


def _expected_of_databases() -> list[Expected]:
    return [
        (server.PG_START_TIME, {}, "SELECT extract(epoch FROM pg_postmaster_start_time())::float8"),
        (server.PG_MAX_CONNECTIONS, {}, "SELECT current_setting('max_connections')::int"),
        (server.PG_RESERVED_CONNECTIONS, {}, "SELECT current_setting('superuser_reserved_connections')::int"),
        (sessions.PG_CONNECTIONS_LIMIT, {}, "SELECT 20 - 3"),
        (databases.PG_DATABASE_CONNECTION_LIMIT, _IN_SHOP, "SELECT 7"),
        (databases.PG_DATABASE_SIZE, _IN_SHOP, "SELECT pg_database_size('shop')"),
        (databases.PG_BACKENDS, _IN_SHOP, f"SELECT numbackends {_OF_SHOP}"),
        (databases.PG_COMMITS, _IN_SHOP, f"SELECT xact_commit {_OF_SHOP}"),
        (databases.PG_ROLLBACKS, _IN_SHOP, f"SELECT xact_rollback {_OF_SHOP}"),
        (databases.PG_BLOCKS_HIT, _IN_SHOP, f"SELECT blks_hit {_OF_SHOP}"),
        (databases.PG_BLOCKS_READ, _IN_SHOP, f"SELECT blks_read {_OF_SHOP}"),
        (databases.PG_ROWS_INSERTED, _IN_SHOP, f"SELECT tup_inserted {_OF_SHOP}"),
        (databases.PG_ROWS_FETCHED, _IN_SHOP, f"SELECT tup_fetched {_OF_SHOP}"),
        (databases.PG_SESSIONS, _IN_SHOP, f"SELECT sessions {_OF_SHOP}"),
        (databases.PG_SESSION_TIME, _IN_SHOP, f"SELECT session_time / 1000 {_OF_SHOP}"),
        (databases.PG_ACTIVE_TIME, _IN_SHOP, f"SELECT active_time / 1000 {_OF_SHOP}"),
        (databases.PG_CONFLICTS, _IN_SHOP, f"SELECT conflicts {_OF_SHOP}"),
        (databases.PG_TEMP_BYTES, _IN_SHOP, f"SELECT temp_bytes {_OF_SHOP}"),
    ]


def _expected_of_the_rest() -> list[Expected]:
    fed = "FROM pg_replication_slots WHERE slot_name = 'fed'"
    return [
        (limits.PG_ROLE_CONNECTION_LIMIT, {limits.PG_ROLE: "watchbill"}, "SELECT -1"),
        (limits.PG_SEQUENCE_USED, {limits.PG_SEQUENCE: "goods_id_seq"}, "SELECT 0"),
        (limits.PG_CONSTRAINTS_INVALID, _IN_SHOP, "SELECT 1"),
        (probe.PG_DATABASE_READ, _IN_SHOP, "SELECT 1"),
        (transactions.PG_PREPARED, {}, "SELECT count(*) FROM pg_prepared_xacts"),
        (transactions.PG_LONG_TRANSACTIONS, {}, "SELECT 0"),
        (
            transactions.PG_XMIN_AGE,
            {transactions.PG_HOLDER: "prepared_transaction"},
            "SELECT age(transaction) FROM pg_prepared_xacts",
        ),
        (transactions.PG_XMIN_AGE, {transactions.PG_HOLDER: "slot_catalog"}, f"SELECT age(catalog_xmin) {fed}"),
        (wal.PG_WAL_POSITION, {}, "SELECT (pg_current_wal_lsn() - '0/0')::float8"),
        (wal.PG_WAL_BYTES, {}, "SELECT wal_bytes::float8 FROM pg_stat_wal"),
        (wal.PG_WAL_SEGMENTS, {}, "SELECT count(*) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'"),
        (wal.PG_ARCHIVED, {}, "SELECT archived_count FROM pg_stat_archiver"),
    ]


def _expected_of_replication() -> list[Expected]:
    kept, fed = (
        "FROM pg_replication_slots WHERE slot_name = 'kept'",
        "FROM pg_replication_slots WHERE slot_name = 'fed'",
    )
    slot = {replication.PG_SLOT_NAME: "kept"}
    logical = {replication.PG_SLOT_NAME: "fed"}
    bytes_kept = "(pg_current_wal_lsn() - restart_lsn)::float8"
    return [
        (replication.PG_IS_REPLICA, {}, "SELECT 0"),
        (replication.PG_REPLICATION_LAG, {}, "SELECT 0"),
        (replication.PG_SLOT_RETAINED, slot, f"SELECT {bytes_kept} {kept}"),
        (replication.PG_SLOT_RETAINED, logical, f"SELECT {bytes_kept} {fed}"),
        (replication.PG_SLOT_CONFIRMED, logical, f"SELECT (confirmed_flush_lsn - '0/0')::float8 {fed}"),
        (replication.PG_SLOT_ACTIVE, slot, "SELECT 0"),
        (replication.PG_SLOT_STATUS, {**slot, replication.PG_WAL_STATUS: "reserved"}, "SELECT 1"),
        (replication.PG_SUBSCRIPTION_WORKERS, {replication.PG_SUBSCRIPTION: "feed"}, "SELECT 0"),
    ]


def test_counters_of_the_community_keep_their_names() -> None:
    named = [metric for module in _MODULES for metric in Subject.of(module).metrics if isinstance(metric, Counter)]
    assert all(metric.community_name != metric.name.endswith("_total") for metric in named)


def _family(name: str) -> str:
    """A histogram's series carry suffixes."""
    for suffix in ("_bucket", "_sum", "_count"):
        if name.removesuffix(suffix) == sessions.PG_PROCESS_IDLE.name:
            return sessions.PG_PROCESS_IDLE.name
    return name
