"""`--check`: what is found, in words and as a document."""

import json
from pathlib import Path

from tests.exporters.probing import postgres_target, redis_target
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.programs import free_port
from tests.plugins.redis_server import RedisServer
from watchbill_exporters import Configuration, RedisSettings
from watchbill_exporters.checking import check
from watchbill_exporters.configuration import Module, Settings


def _configuration(*targets: Settings) -> Configuration:
    return Configuration(targets={one.name: one for one in targets}, timeout=2.0)


def test_each_target_gets_one_finding_with_its_remedy(
    redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    gone = RedisSettings(name="gone", address=f"127.0.0.1:{free_port()}")
    postgres_server.password_file.write_text("wrong", encoding="utf-8")
    checkup = check(_configuration(redis_target(redis_server), postgres_target(postgres_server), gone))
    cache, orders, missing = checkup.findings
    assert cache.up
    assert not cache.rights
    assert str(cache).startswith("cache (redis): up, answered a ping in ")
    assert not orders.up
    assert "down (auth)" in str(orders)
    assert "remedy: correct the account" in str(orders)
    assert not missing.up
    assert "down (refused)" in str(missing)
    assert not checkup.is_well
    assert str(checkup).endswith("1 of 3 targets are up")


def test_a_missing_right_is_named_with_the_line_that_grants_it(
    redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    redis_server.execute("ACL", "SETUSER", "weak", "on", f">{redis_server.password}", "-@all", "+ping")
    postgres_server.execute(f"REVOKE pg_monitor FROM {postgres_server.user}")
    targets = (redis_target(redis_server, username="weak"), postgres_target(postgres_server))
    cache, orders = check(_configuration(*targets)).findings
    assert cache.up
    assert "lacks info" in str(cache)
    assert 'GRANT pg_monitor TO "watchbill"' in str(orders)
    for advice in cache.rights:
        redis_server.execute(*advice.remedy.split())
    for advice in orders.rights:
        postgres_server.execute(advice.remedy)
    assert [finding.rights for finding in check(_configuration(*targets)).findings] == [(), ()]


def test_targets_of_discovery_files_are_checked_and_broken_files_told(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    good, broken = tmp_path / "good.json", tmp_path / "broken.yml"
    good.write_text(json.dumps([{"targets": [redis_server.address]}]), encoding="utf-8")
    broken.write_text("targets: hunter2", encoding="utf-8")
    template = RedisSettings(name="", address="", password_file=str(redis_server.password_file))
    module = Module(name="fast", template=template, files=(str(good), str(broken)))
    document = check(Configuration(modules={"fast": module})).document()
    found = json.loads(json.dumps(document))
    assert [(one["target"], one["up"]) for one in found["targets"]] == [(redis_server.address, True)]
    assert [one["subject"] for one in found["discovery"]] == [str(broken)]
    assert found["well"] is False
    assert "hunter2" not in json.dumps(found)


# Other tests of the same server switch it off.
_OTHERS = "autovacuum"


def test_what_would_show_more_is_advised(redis_server: RedisServer, postgres_server: PostgresServer) -> None:
    redis_server.execute("CONFIG", "SET", "latency-monitor-threshold", "0", "slowlog-log-slower-than", "-1")
    postgres_server.execute("DROP EXTENSION IF EXISTS pg_stat_statements")
    postgres_server.execute(f"ALTER ROLE {postgres_server.user} SET track_io_timing = off")
    configuration = _configuration(redis_target(redis_server), postgres_target(postgres_server))
    try:
        cache, orders = check(configuration).findings
        assert {hint.subject for hint in cache.hints} == {"latency-monitor-threshold", "slowlog-log-slower-than"}
        assert {hint.subject for hint in orders.hints} - {_OTHERS} == {"track_io_timing", "pg_stat_statements"}
        assert "hint: track_io_timing is off" in str(orders)
        for hint in cache.hints:
            redis_server.execute(*hint.remedy.split())
        postgres_server.execute(next(hint.remedy for hint in orders.hints if hint.subject == "pg_stat_statements"))
        postgres_server.execute(f"ALTER ROLE {postgres_server.user} RESET track_io_timing")
        after = [hint.subject for finding in check(configuration).findings for hint in finding.hints]
        assert set(after) <= {_OTHERS}
    finally:
        postgres_server.execute(f"ALTER ROLE {postgres_server.user} RESET track_io_timing")
        postgres_server.execute("DROP EXTENSION IF EXISTS pg_stat_statements")


def test_an_address_of_two_modules_is_checked_with_both(tmp_path: Path, redis_server: RedisServer) -> None:
    (tmp_path / "all.json").write_text(json.dumps([{"targets": [redis_server.address]}]), encoding="utf-8")
    right = RedisSettings(name="", address="", password_file=str(redis_server.password_file))
    modules = {
        name: Module(name=name, template=template, files=(str(tmp_path / "all.json"),))
        for name, template in (("wrong", RedisSettings(name="", address="")), ("right", right))
    }
    findings = check(Configuration(modules=modules, timeout=2.0)).findings
    assert [(one.target, one.up) for one in findings] == [(redis_server.address, False), (redis_server.address, True)]
