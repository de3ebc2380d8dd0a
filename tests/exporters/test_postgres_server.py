"""What a probe of a real PostgreSQL shows."""

from tests.exporters.probing import Exporter, postgres_target
from tests.plugins.exposition import names, value, values
from tests.plugins.postgres_server import PostgresServer
from watchbill.catalogue import Metric, postgres
from watchbill.catalogue.postgres import (
    PG_ACTIVITY,
    PG_BACKENDS,
    PG_COLLECTOR_SUCCESS,
    PG_COMMITS,
    PG_DATABASE_SIZE,
    PG_MAX_CONNECTIONS,
    PG_PERMISSION,
    PG_START_TIME,
    PG_UP,
    PG_UP_REASON,
)
from watchbill_exporters.rights import POSTGRES_GRANT, POSTGRES_ROLE

_ONLY_WHEN_DOWN = {PG_UP_REASON.name}
_DECLARED = {metric.name for metric in vars(postgres).values() if isinstance(metric, Metric)}


async def test_every_metric_of_the_catalogue_is_emitted_and_no_other(postgres_server: PostgresServer) -> None:
    async with Exporter(postgres_target(postgres_server)) as exporter:
        text = (await exporter.probe("orders")).text
    assert names(text) == _DECLARED - _ONLY_WHEN_DOWN
    assert value(text, PG_UP) == 1


async def test_values_are_what_the_server_says(postgres_server: PostgresServer) -> None:
    with postgres_server.connect() as waiting:
        waiting.execute("BEGIN")
        waiting.execute("SELECT 1")
        async with Exporter(postgres_target(postgres_server)) as exporter:
            text = (await exporter.probe("orders")).text
        waiting.execute("COMMIT")
    assert value(text, PG_ACTIVITY, "postgres", "idle in transaction") == 1
    assert value(text, PG_ACTIVITY, "postgres", "active") == 1
    assert value(text, PG_ACTIVITY, "postgres", "disabled") == 0
    assert value(text, PG_BACKENDS, "postgres") == 2
    assert value(text, PG_MAX_CONNECTIONS) == 20
    assert (value(text, PG_DATABASE_SIZE, "postgres") or 0) > 1_000_000
    assert value(text, PG_COMMITS, "postgres") is not None
    ((started,),) = postgres_server.execute("SELECT extract(epoch FROM pg_postmaster_start_time())::float8")
    assert value(text, PG_START_TIME) == started


async def test_a_role_without_pg_monitor_shows_what_it_may_see_and_says_what_is_missing(
    postgres_server: PostgresServer,
) -> None:
    postgres_server.execute(f"REVOKE pg_monitor FROM {postgres_server.user}")
    with postgres_server.connect() as busy:
        busy.execute("SELECT 1")
        async with Exporter(postgres_target(postgres_server)) as exporter:
            text = (await exporter.probe("orders")).text
    assert value(text, PG_UP) == 1
    assert value(text, PG_PERMISSION, "pg_monitor") == 0
    assert value(text, PG_ACTIVITY, "postgres", "unknown") == 2
    assert value(text, PG_ACTIVITY, "postgres", "active") is None
    assert value(text, PG_BACKENDS, "postgres") == 2


async def test_the_size_of_a_database_that_the_role_may_not_see_is_left_out(postgres_server: PostgresServer) -> None:
    postgres_server.execute(f"REVOKE pg_monitor FROM {postgres_server.user}")
    postgres_server.execute("CREATE DATABASE closed")
    try:
        postgres_server.execute("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
        async with Exporter(postgres_target(postgres_server)) as exporter:
            text = (await exporter.probe("orders")).text
    finally:
        postgres_server.execute("DROP DATABASE closed")
    assert value(text, PG_COLLECTOR_SUCCESS, "sizes") == 1
    assert value(text, PG_DATABASE_SIZE, "closed") is None
    assert value(text, PG_DATABASE_SIZE, "postgres") is not None


async def test_the_shipped_lines_make_a_role_that_can_read_everything(postgres_server: PostgresServer) -> None:
    postgres_server.execute(f"DROP ROLE {postgres_server.user}")
    postgres_server.execute(
        POSTGRES_ROLE.format(user=postgres_server.user).replace("'PASSWORD'", f"'{postgres_server.password}'")
    )
    postgres_server.execute(POSTGRES_GRANT.format(user=postgres_server.user))
    async with Exporter(postgres_target(postgres_server)) as exporter:
        text = (await exporter.probe("orders")).text
    assert value(text, PG_PERMISSION, "pg_monitor") == 1
    assert set(values(text, PG_COLLECTOR_SUCCESS)) == {1}


async def test_a_locked_catalogue_costs_its_own_series_alone(postgres_server: PostgresServer) -> None:
    async with Exporter(postgres_target(postgres_server)) as exporter:
        healthy = await exporter.probe("orders")
        with postgres_server.connect() as locker, locker.transaction():
            locker.execute("SET LOCAL allow_system_table_mods = on")
            locker.execute("LOCK TABLE pg_database IN ACCESS EXCLUSIVE MODE")
            locked = await exporter.probe("orders", scrape_timeout=5)
        after = await exporter.probe("orders")
    assert value(locked.text, PG_UP) == 1
    assert value(locked.text, PG_COLLECTOR_SUCCESS, "server") == 1
    assert value(locked.text, PG_COLLECTOR_SUCCESS, "sizes") == 0
    assert value(locked.text, PG_DATABASE_SIZE, "postgres") is None
    assert value(locked.text, PG_MAX_CONNECTIONS) == 20
    assert locked.seconds < 2
    assert names(after.text) == names(healthy.text)


async def test_a_database_with_a_strange_name_is_shown_as_it_is(postgres_server: PostgresServer) -> None:
    strange = 'we"ird\\name'
    postgres_server.execute('CREATE DATABASE "we""ird\\name"')
    try:
        async with Exporter(postgres_target(postgres_server)) as exporter:
            text = (await exporter.probe("orders")).text
    finally:
        postgres_server.execute('DROP DATABASE "we""ird\\name"')
    assert value(text, PG_BACKENDS, strange) == 0


async def test_one_idle_session_is_kept_and_says_whose_it_is(postgres_server: PostgresServer) -> None:
    async with Exporter(postgres_target(postgres_server)) as exporter:
        await exporter.probe("orders")
        sessions = postgres_server.execute(
            "SELECT application_name, state FROM pg_stat_activity WHERE usename = 'watchbill'"
        )
    assert sessions == [("watchbill", "idle")]
