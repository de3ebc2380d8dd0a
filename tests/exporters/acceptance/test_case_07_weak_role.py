"""Case 7: an account with fewer rights than the exporter asks for."""

from pathlib import Path

import pytest

from tests.plugins.exporter_process import Scrape, exporter_process, postgres_options, redis_options
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue.exporter import PERMISSION
from watchbill.catalogue.postgres_server.probe import PG_PERMISSION, PG_UP
from watchbill.catalogue.redis_server.probe import REDIS_PERMISSION, REDIS_UP
from watchbill.catalogue.redis_server.settings import REDIS_CONFIG_MAXCLIENTS
from watchbill.catalogue.redis_server.slowlog import REDIS_SLOWLOG_LENGTH
from watchbill_exporters.postgres_server.rights import GRANT
from watchbill_exporters.redis_server.rights import ACL, ACL_ADD

USER = "limited"


def missing(scrape: Scrape, *, redis: bool) -> set[str]:
    """Rights that the account lacks."""
    metric = REDIS_PERMISSION if redis else PG_PERMISSION
    names = scrape.exposition.values_of(metric, PERMISSION)
    return {name for name in names if scrape.value(metric, {PERMISSION: name}) == 0}


def test_a_redis_account_shows_what_it_may_see_and_each_missing_right_until_it_is_granted(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    redis_server.execute("ACL", "SETUSER", USER, "on", f">{redis_server.password}", "-@all", "+ping", "+info")
    options = redis_options(redis_server)
    with exporter_process(tmp_path, {"weak": {**options, "username": USER}, "whole": options}) as exporter:
        weak, whole = exporter.probe("weak"), exporter.probe("whole")
        rights = missing(weak, redis=True)
        for right in rights:
            redis_server.execute(*ACL_ADD.format(user=USER, right=right).split())
        granted = exporter.probe("weak")
        redis_server.execute("ACL", "DELUSER", USER)
        redis_server.execute(*ACL.format(user=USER).replace("PASSWORD", redis_server.password).split())
        shipped = exporter.probe("weak")
        log = exporter.log
    assert (weak.value(REDIS_UP), granted.value(REDIS_UP), shipped.value(REDIS_UP)) == (1, 1, 1)
    assert rights
    assert len(weak.series) < len(whole.series)
    assert (weak.value(REDIS_SLOWLOG_LENGTH), weak.value(REDIS_CONFIG_MAXCLIENTS)) == (None, None)
    assert None not in {whole.value(REDIS_SLOWLOG_LENGTH), whole.value(REDIS_CONFIG_MAXCLIENTS)}
    assert missing(granted, redis=True) == set()
    assert missing(shipped, redis=True) == set()
    assert [right for right in rights if right not in log] == []


def test_without_config_a_managed_redis_is_read_all_the_same(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    server.start("--rename-command", "CONFIG", "", "--rename-command", "SLOWLOG", "")
    try:
        with exporter_process(tmp_path, {"cache": redis_options(server)}) as exporter:
            scrape = exporter.probe("cache")
    finally:
        server.stop()
    assert scrape.value(REDIS_UP) == 1
    assert missing(scrape, redis=True)
    assert len(scrape.series) > 100


@pytest.mark.parametrize("right", ["pg_monitor"])
def test_a_postgres_role_shows_what_it_may_see_and_the_missing_right_until_it_is_granted(
    tmp_path: Path, postgres_server: PostgresServer, right: str
) -> None:
    postgres_server.execute(f"REVOKE {right} FROM {postgres_server.user}")
    with exporter_process(tmp_path, {"orders": postgres_options(postgres_server)}) as exporter:
        weak = exporter.probe("orders")
        postgres_server.execute(GRANT.format(right=right, user=postgres_server.user))
        granted = exporter.probe("orders")
        log = exporter.log
    assert (weak.value(PG_UP), granted.value(PG_UP)) == (1, 1)
    assert right in missing(weak, redis=False)
    assert right not in missing(granted, redis=False)
    assert right in log
