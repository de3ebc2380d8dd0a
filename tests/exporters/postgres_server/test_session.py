"""How a server is asked: in few round trips, each question on its own, and never for longer than there is time."""

import re
from dataclasses import replace

import pytest

from tests.exporters.postgres_server.relay import Relay
from tests.exporters.postgres_server.scraping import scraped
from tests.exporters.probing import Exporter, postgres_target
from tests.plugins.exposition import names, selected, values
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.programs import wait_until
from watchbill.catalogue.exporter import COLLECTOR, REASON
from watchbill.catalogue.postgres_server.databases import PG_BACKENDS, PG_DATABASE
from watchbill.catalogue.postgres_server.probe import PG_COLLECTOR_SUCCESS, PG_UP, PG_UP_REASON
from watchbill.catalogue.postgres_server.server import PG_MAX_CONNECTIONS, PG_STATIC
from watchbill.catalogue.postgres_server.tables import PG_TABLE, PG_TABLE_INSERTED
from watchbill.catalogue.postgres_server.wal import PG_ARCHIVED, PG_WAL_BYTES

_MINE = "FROM pg_stat_activity WHERE usename = 'watchbill'"


async def test_a_scrape_over_the_kept_connection_takes_two_round_trips(either_postgres: PostgresServer) -> None:
    async with (
        Relay(either_postgres) as relay,
        Exporter(replace(postgres_target(either_postgres), address=relay.address)) as exporter,
    ):
        await exporter.probe("orders")
        await exporter.probe("orders")
        before = relay.turns
        text = (await exporter.probe("orders")).text
    assert values(text, PG_UP) == [1]
    # The server may begin to answer while the end of a long question is still on its way.
    assert relay.turns - before <= 4


async def test_a_question_that_fails_costs_its_own_series_and_its_log_line_names_the_remedy(
    postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    postgres_server.execute("REVOKE SELECT ON pg_catalog.pg_stat_archiver FROM PUBLIC")
    try:
        text = await scraped(postgres_server)
    finally:
        postgres_server.execute("GRANT SELECT ON pg_catalog.pg_stat_archiver TO PUBLIC")
    assert values(text, PG_UP) == [1]
    assert selected(text, PG_COLLECTOR_SUCCESS, {COLLECTOR: "archiver"}) == [0]
    assert values(text, PG_COLLECTOR_SUCCESS).count(0) == 1
    assert PG_ARCHIVED.name not in names(text)
    assert PG_WAL_BYTES.name in names(text)
    (line,) = caplog.messages
    assert re.search("archiver: .*permission denied.*remedy: grant", line)


async def test_a_server_that_does_not_tell_what_it_is_says_what_to_grant(
    postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    postgres_server.execute("REVOKE SELECT ON pg_catalog.pg_extension FROM PUBLIC")
    try:
        text = await scraped(postgres_server)
    finally:
        postgres_server.execute("GRANT SELECT ON pg_catalog.pg_extension TO PUBLIC")
    assert values(text, PG_UP) == [0]
    (line,) = caplog.messages
    assert "permission denied for table pg_extension" in line
    assert "remedy: let the account read" in line
    assert "connection was lost" not in line


async def test_what_has_arrived_by_the_deadline_counts(postgres_server: PostgresServer) -> None:
    async with (
        Relay(postgres_server) as relay,
        Exporter(replace(postgres_target(postgres_server), address=relay.address)) as exporter,
    ):
        await exporter.probe("orders")
        relay.stop_after = 4_000
        part = await exporter.probe("orders", scrape_timeout=1.5)
        relay.stop_after = None
        again = await exporter.probe("orders")
    assert part.seconds < 1.2
    assert values(part.text, PG_UP) == [1]
    assert {PG_STATIC.name, PG_MAX_CONNECTIONS.name} <= names(part.text)
    assert 0 in values(part.text, PG_COLLECTOR_SUCCESS)
    assert 1 in values(part.text, PG_COLLECTOR_SUCCESS)
    assert set(values(again.text, PG_COLLECTOR_SUCCESS)) == {1}


async def test_a_catalogue_that_somebody_locks_costs_its_own_series_alone(postgres_server: PostgresServer) -> None:
    async with Exporter(postgres_target(postgres_server)) as exporter:
        await exporter.probe("orders")
        with postgres_server.connect() as locker, locker.transaction():
            locker.execute("SET LOCAL allow_system_table_mods = on")
            locker.execute("LOCK TABLE pg_database IN ACCESS EXCLUSIVE MODE")
            locked = await exporter.probe("orders", scrape_timeout=5)
        after = await exporter.probe("orders")
    assert locked.seconds < 2
    assert values(locked.text, PG_UP) == [1]
    assert selected(locked.text, PG_COLLECTOR_SUCCESS, {COLLECTOR: "server"}) == [1]
    assert selected(locked.text, PG_COLLECTOR_SUCCESS, {COLLECTOR: "databases"}) == [0]
    assert PG_BACKENDS.name not in names(locked.text)
    assert set(values(after.text, PG_COLLECTOR_SUCCESS)) == {1}
    assert PG_BACKENDS.name in names(after.text)


async def test_a_session_that_an_operator_ends_is_replaced_within_the_scrape(postgres_server: PostgresServer) -> None:
    async with Exporter(postgres_target(postgres_server)) as exporter:
        await exporter.probe("orders")
        wait_until(lambda: postgres_server.execute(f"SELECT count(*)::int {_MINE}") == [(1,)], "one session is kept")
        ended = postgres_server.execute(f"SELECT pg_terminate_backend(pid) {_MINE}")
        text = (await exporter.probe("orders")).text
    assert ended == [(True,)]
    assert values(text, PG_UP) == [1]
    assert set(values(text, PG_COLLECTOR_SUCCESS)) == {1}


async def test_the_kept_session_is_idle_read_only_and_says_whose_it_is(postgres_server: PostgresServer) -> None:
    shown = f"SELECT application_name, state, datname::text {_MINE}"
    async with Exporter(postgres_target(postgres_server)) as exporter:
        await exporter.probe("orders")
        wait_until(lambda: len(postgres_server.execute(shown)) == 1, "the slow collectors' session ends")
        assert postgres_server.execute(shown) == [("watchbill", "idle", "postgres")]


async def test_a_database_that_is_dropped_meanwhile_is_a_clear_reason_and_comes_back_without_a_restart(
    postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    postgres_server.execute("CREATE DATABASE passing")
    async with Exporter(replace(postgres_target(postgres_server), database="passing")) as exporter:
        assert values((await exporter.probe("orders")).text, PG_UP) == [1]
        postgres_server.execute("DROP DATABASE passing WITH (FORCE)")
        gone = (await exporter.probe("orders")).text
        postgres_server.execute("CREATE DATABASE passing")
        back = (await exporter.probe("orders")).text
    postgres_server.execute("DROP DATABASE passing WITH (FORCE)")
    assert values(gone, PG_UP) == [0]
    assert selected(gone, PG_UP_REASON, {REASON: "auth"}) == [1]
    assert 'database "passing" does not exist' in caplog.text
    assert values(back, PG_UP) == [1]


async def test_a_pooler_that_drops_our_settings_is_refused(
    postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        Relay(postgres_server, without_options=True) as relay,
        Exporter(replace(postgres_target(postgres_server), address=relay.address)) as exporter,
    ):
        text = (await exporter.probe("orders")).text
    assert values(text, PG_UP) == [0]
    assert selected(text, PG_UP_REASON, {REASON: "protocol"}) == [1]
    assert "give the server's own address, not a pooler's" in caplog.text


async def test_a_name_is_shown_as_it_is_whatever_it_holds(postgres_server: PostgresServer) -> None:
    strange = 'we"ird\\na\nme'
    quoted = strange.replace('"', '""')
    postgres_server.execute(f'CREATE DATABASE "{quoted}"')
    try:
        text = await scraped(postgres_server)
    finally:
        postgres_server.execute(f'DROP DATABASE "{quoted}"')
    assert selected(text, PG_BACKENDS, {PG_DATABASE: strange}) == [0]


async def test_a_catalogue_that_is_locked_at_the_sign_in_is_no_wrong_password(
    postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    with postgres_server.connect() as locker, locker.transaction():
        locker.execute("SET LOCAL allow_system_table_mods = on")
        locker.execute("LOCK TABLE pg_class IN ACCESS EXCLUSIVE MODE")
        async with Exporter(postgres_target(postgres_server)) as exporter:
            locked = await exporter.probe("orders", scrape_timeout=5)
    assert selected(locked.text, PG_UP_REASON, {REASON: "timeout"}) == [1]
    assert "find in pg_locks" in caplog.text


async def test_an_extension_in_a_schema_of_any_name_is_no_fault(postgres_server: PostgresServer) -> None:
    postgres_server.execute('CREATE SCHEMA "a\nb\tc"; CREATE EXTENSION citext SCHEMA "a\nb\tc"')
    try:
        text = await scraped(postgres_server)
    finally:
        postgres_server.execute('DROP SCHEMA "a\nb\tc" CASCADE')
    assert values(text, PG_UP) == [1]


async def test_a_name_in_an_unknown_encoding_is_shown_as_well_as_can_be(postgres_server: PostgresServer) -> None:
    postgres_server.execute("CREATE DATABASE raw ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    try:
        with postgres_server.connect("raw") as connection:
            connection.execute("SET client_encoding = 'SQL_ASCII'")
            connection.execute(b'CREATE TABLE "caf\xe9" (id int)')
        text = await scraped(postgres_server, database="raw")
    finally:
        postgres_server.execute("DROP DATABASE raw WITH (FORCE)")
    assert selected(text, PG_TABLE_INSERTED, {PG_TABLE: "caf\N{REPLACEMENT CHARACTER}"}) == [0]
    assert set(values(text, PG_COLLECTOR_SUCCESS)) == {1}
