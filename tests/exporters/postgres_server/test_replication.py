"""A primary, its standby, and what becomes of them."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exporters.postgres_server.scraping import scraped
from tests.exporters.probing import Exporter, postgres_target
from tests.plugins.exposition import names, selected, values
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.programs import wait_until
from watchbill.catalogue.postgres_server.probe import PG_COLLECTOR_SUCCESS, PG_UP
from watchbill.catalogue.postgres_server.replication import (
    PG_IS_REPLICA,
    PG_LAST_REPLAY,
    PG_LINK_SILENCE,
    PG_LINK_UP,
    PG_RECEIVER_FLUSHED,
    PG_RECEIVER_STATUS,
    PG_REPLAY_LAG_BYTES,
    PG_REPLICATION_LAG,
    PG_REPLICATION_LAG_ALIAS,
    PG_SLOT,
    PG_SLOT_ACTIVE,
    PG_SLOT_IS_ACTIVE_ALIAS,
    PG_SLOT_NAME,
    PG_SLOT_RETAINED,
    PG_SLOT_UNCONFIRMED,
    PG_STANDBY_LAG_BYTES,
    PG_STANDBY_STATE,
    PG_STANDBY_SYNC,
    PG_SUBSCRIPTION,
    PG_SUBSCRIPTION_SILENCE,
    PG_SUBSCRIPTION_WORKERS,
)
from watchbill.catalogue.postgres_server.wal import PG_WAL_POSITION

_STREAMING = "SELECT count(*)::int FROM pg_stat_wal_receiver WHERE status = 'streaming'"

_REPLAYED = "SELECT (pg_last_xact_replay_timestamp() IS NOT NULL)::int"


@pytest.fixture
def standby(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """A running copy of the server that has applied all of its WAL."""
    folder = Path(tempfile.mkdtemp(prefix="standby"))
    slot = f"slot_{postgres_server.port}"
    home = folder / slot
    folder.chmod(0o755)
    home.mkdir()
    copy = postgres_server.standby(home)
    try:
        copy.start()
        wait_until(lambda: copy.execute(_STREAMING) == [(1,)], "the standby streams")
        # A transaction to replay: without one the standby knows of no time.
        postgres_server.execute("CREATE TABLE sent (); DROP TABLE sent")
        wait_until(lambda: copy.execute(_REPLAYED) == [(1,)], "the standby applies a transaction")
        yield copy
    finally:
        copy.stop()
        read = "SELECT count(*)::int FROM pg_replication_slots WHERE active"
        wait_until(lambda: postgres_server.execute(read) == [(0,)], "the slot is free")
        postgres_server.execute(f"SELECT pg_drop_replication_slot('{slot}')")
        shutil.rmtree(folder, ignore_errors=True)


async def test_both_sides_of_a_link_tell_its_state_and_a_cut_link_is_no_lag_of_zero(
    postgres_server: PostgresServer, standby: PostgresServer
) -> None:
    slot = {PG_SLOT: standby.folder.name}
    sender = await scraped(postgres_server)
    async with Exporter(postgres_target(standby)) as exporter:
        # The primary goes on writing WAL now and then.
        receiver = (await exporter.probe_until("orders", f"{PG_REPLICATION_LAG.name} 0")).text
    assert values(sender, PG_IS_REPLICA) == [0]
    assert 0 <= selected(sender, PG_STANDBY_LAG_BYTES, {**slot, PG_STANDBY_STATE: "streaming"})[0] < 1_000_000
    assert selected(sender, PG_STANDBY_SYNC, slot) == [0]
    assert selected(sender, PG_SLOT_ACTIVE, {PG_SLOT_NAME: standby.folder.name}) == [1]
    assert values(receiver, PG_IS_REPLICA) == values(receiver, PG_LINK_UP) == [1]
    assert values(receiver, PG_REPLICATION_LAG) == values(receiver, PG_REPLAY_LAG_BYTES) == [0]
    assert len(selected(receiver, PG_RECEIVER_FLUSHED, {**slot, PG_RECEIVER_STATUS: "streaming"})) == 1
    assert 0 <= values(receiver, PG_LINK_SILENCE)[0] < 60
    assert 0 < values(receiver, PG_WAL_POSITION)[0] <= values(await scraped(standby), PG_WAL_POSITION)[0]

    standby.execute("ALTER SYSTEM SET primary_conninfo = ''")
    standby.execute("SELECT pg_reload_conf()")
    wait_until(lambda: standby.execute(_STREAMING) == [(0,)], "the link is cut")
    cut = await scraped(standby)
    assert values(cut, PG_LINK_UP) == [0]
    assert values(cut, PG_REPLICATION_LAG)[0] > 0
    assert values(cut, PG_REPLICATION_LAG)[0] >= values(receiver, PG_LAST_REPLAY)[0]
    assert PG_RECEIVER_FLUSHED.name not in names(cut)


async def test_a_promoted_standby_is_a_primary_at_the_next_scrape(
    postgres_server: PostgresServer, standby: PostgresServer
) -> None:
    del postgres_server
    async with Exporter(postgres_target(standby)) as exporter:
        before = (await exporter.probe("orders")).text
        standby.execute("SELECT pg_promote()")
        after = (await exporter.probe("orders")).text
    assert values(before, PG_IS_REPLICA) == [1]
    assert values(after, PG_IS_REPLICA) == values(after, PG_REPLICATION_LAG) == [0]
    assert PG_LINK_UP.name not in names(after)


async def test_older_names_are_there_unless_the_settings_say_no(postgres_server: PostgresServer) -> None:
    postgres_server.execute("SELECT pg_create_physical_replication_slot('aliased', true)")
    try:
        with_them, without = await scraped(postgres_server), await scraped(postgres_server, aliases=False)
    finally:
        postgres_server.execute("SELECT pg_drop_replication_slot('aliased')")
    aliases = {PG_REPLICATION_LAG_ALIAS.name, PG_SLOT_IS_ACTIVE_ALIAS.name}
    assert aliases <= names(with_them)
    assert names(without).isdisjoint(aliases)
    assert names(with_them) >= names(without)


async def test_a_standby_is_read_by_an_account_that_is_serializable_by_default(
    postgres_server: PostgresServer, standby: PostgresServer
) -> None:
    postgres_server.execute("ALTER ROLE watchbill SET default_transaction_isolation = 'serializable'")
    try:
        arrived = "SELECT count(*)::int FROM pg_db_role_setting"
        wait_until(lambda: standby.execute(arrived) == [(1,)], "the standby knows of it")
        text = await scraped(standby)
    finally:
        postgres_server.execute("ALTER ROLE watchbill RESET ALL")
    assert values(text, PG_UP) == [1]
    assert set(values(text, PG_COLLECTOR_SUCCESS)) == {1}


async def test_a_standby_without_a_link_that_has_applied_nothing_since_its_start_does_not_know_its_lag(
    postgres_server: PostgresServer, standby: PostgresServer
) -> None:
    postgres_server.execute("CHECKPOINT")
    (end,) = postgres_server.execute("SELECT pg_current_wal_lsn()::text")[0]
    wait_until(lambda: standby.execute(f"SELECT pg_last_wal_replay_lsn() >= '{end}'") == [(True,)], "all is applied")
    standby.execute("CHECKPOINT")
    standby.stop()
    standby.start(primary_conninfo="")
    assert standby.execute("SELECT pg_last_xact_replay_timestamp()") == [(None,)]
    text = await scraped(standby)
    assert (values(text, PG_IS_REPLICA), values(text, PG_LINK_UP)) == ([1], [0])
    assert names(text).isdisjoint({PG_REPLICATION_LAG.name, PG_REPLICATION_LAG_ALIAS.name, PG_LAST_REPLAY.name})


async def test_what_a_slot_or_a_subscription_does_not_know_is_left_out(postgres_server: PostgresServer) -> None:
    postgres_server.execute("SELECT pg_create_physical_replication_slot('unread', true)")
    postgres_server.execute(
        "CREATE SUBSCRIPTION asleep CONNECTION 'host=127.0.0.1' PUBLICATION none"
        " WITH (connect = false, enabled = false, slot_name = NONE)"
    )
    try:
        text = await scraped(postgres_server)
    finally:
        postgres_server.execute("DROP SUBSCRIPTION asleep")
        postgres_server.execute("SELECT pg_drop_replication_slot('unread')")
    assert selected(text, PG_SLOT_RETAINED, {PG_SLOT_NAME: "unread"})[0] >= 0
    assert selected(text, PG_SLOT_UNCONFIRMED, {PG_SLOT_NAME: "unread"}) == []
    assert selected(text, PG_SUBSCRIPTION_WORKERS, {PG_SUBSCRIPTION: "asleep"}) == [0]
    assert selected(text, PG_SUBSCRIPTION_SILENCE, {PG_SUBSCRIPTION: "asleep"}) == []
