"""`--check`: what is found, in words."""

from tests.exporters.probing import postgres_target, redis_target
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.programs import free_port
from tests.plugins.redis_server import RedisServer
from watchbill_exporters import Configuration, RedisSettings
from watchbill_exporters.checking import check
from watchbill_exporters.configuration import Settings


def _configuration(*targets: Settings) -> Configuration:
    return Configuration(targets={one.name: one for one in targets}, timeout=2.0)


def test_each_target_gets_one_finding_with_its_remedy(
    redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    gone = RedisSettings(name="gone", address=f"127.0.0.1:{free_port()}")
    postgres_server.password_file.write_text("wrong", encoding="utf-8")
    cache, orders, missing = check(_configuration(redis_target(redis_server), postgres_target(postgres_server), gone))
    assert cache.up
    assert not cache.remedies
    assert str(cache).startswith("cache (redis): up, answered a ping in ")
    assert not orders.up
    assert "down (auth)" in str(orders)
    assert "remedy: correct the account" in str(orders)
    assert not missing.up
    assert "down (refused)" in str(missing)


def test_a_missing_right_is_named_with_the_line_that_grants_it(
    redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    redis_server.execute("ACL", "SETUSER", "weak", "on", f">{redis_server.password}", "-@all", "+ping")
    postgres_server.execute(f"REVOKE pg_monitor FROM {postgres_server.user}")
    targets = (redis_target(redis_server, username="weak"), postgres_target(postgres_server))
    cache, orders = check(_configuration(*targets))
    assert cache.up
    assert "lacks info" in str(cache)
    assert 'GRANT pg_monitor TO "watchbill"' in str(orders)
    for remedy in cache.remedies:
        redis_server.execute(*remedy.split())
    for remedy in orders.remedies:
        postgres_server.execute(remedy)
    assert [finding.remedies for finding in check(_configuration(*targets))] == [(), ()]
