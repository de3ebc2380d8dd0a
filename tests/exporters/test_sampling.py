"""`--sample`: an operator looks at some keys of a real Redis."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.exporters.redis_server.declaring import calls, client, commands_that, more
from tests.plugins.redis_server import RedisServer
from watchbill_exporters import Configuration, RedisSettings
from watchbill_exporters.sampling import NoSample, sample
from watchbill_stack.cli.exporter import exporter


def _configuration(server: RedisServer, username: str | None = None) -> Configuration:
    target = RedisSettings(
        name="cache", address=server.address, password_file=str(server.password_file), username=username
    )
    return Configuration(targets={"cache": target})


def _row(text: str, head: str, name: str) -> list[str]:
    """A row of the table under a heading, by its last column."""
    _, _, table = text.partition(f"{head}:\n")
    rows = [line.split(maxsplit=2) for line in table.splitlines()[1:]]
    return next(row for row in rows if row[-1:] == [name])


def test_the_biggest_keys_types_and_prefixes_are_shown(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.set("report:big", "x" * 100_000)
        redis.mset({f"session:{number}": "x" for number in range(50)})
        size = redis.memory_usage("report:big")

    text = sample(_configuration(empty_redis), "cache", 1_000)

    assert "database 0: all 51 keys looked at" in text
    assert _row(text, "biggest keys", "report:big") == [str(size), "string", "report:big"]
    assert _row(text, "by prefix (extrapolated)", "report:")[:2] == [str(size), "1"]
    assert _row(text, "by prefix (extrapolated)", "session:")[1] == "50"
    assert _row(text, "by type (extrapolated)", "string")[1] == "51"
    assert "not counted under maxmemory-policy noeviction" in text


def test_a_key_that_cannot_be_asked_for_is_left_out_and_said_to_be(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.set(b"bin:\xff", "x" * 50_000)
        redis.set("a:1", "x")

    text = sample(_configuration(empty_redis), "cache", 100)

    assert "database 0: all 1 keys looked at" in text
    assert "left out: 1 keys" in text
    assert "bin:" not in text


def test_a_part_of_many_keys_is_extrapolated(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.mset({f"session:{number}": "x" for number in range(3_000)})

    text = sample(_configuration(empty_redis), "cache", 300)

    assert "database 0: 300 of 3000 keys looked at" in text
    assert _row(text, "by prefix (extrapolated)", "session:")[1] == "3000"


def test_under_an_lfu_policy_the_hottest_keys_are_shown(empty_redis: RedisServer) -> None:
    empty_redis.execute("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
    try:
        with client(empty_redis) as redis:
            redis.mset({"cold": "x", "hot": "x"})
            for _ in range(2_000):
                redis.get("hot")
        text = sample(_configuration(empty_redis), "cache", 10)
    finally:
        empty_redis.execute("CONFIG", "SET", "maxmemory-policy", "noeviction")

    assert int(_row(text, "hottest keys", "hot")[0]) > int(_row(text, "hottest keys", "cold")[0])


def test_a_sample_writes_nothing_and_does_not_count_as_an_access(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.set("kept", "x")
    before = calls(empty_redis)

    sample(_configuration(empty_redis), "cache", 10)

    asked = {name.partition("|")[0] for name in more(before, calls(empty_redis))}
    assert "scan" in asked
    assert not asked & commands_that(empty_redis, "write")


def test_a_name_cannot_move_the_terminals_cursor(empty_redis: RedisServer) -> None:
    with client(empty_redis) as redis:
        redis.set("bad\x1b[2Jname\r\n", "x")

    text = sample(_configuration(empty_redis), "cache", 10)

    assert "bad\\x1b[2Jname\\r\\n" in text
    assert "\x1b" not in text


def test_a_server_without_keys_says_so(empty_redis: RedisServer) -> None:
    assert sample(_configuration(empty_redis), "cache", 10) == "the server has no keys\n"


def test_the_command_shows_it_on_the_terminal(empty_redis: RedisServer, tmp_path: Path) -> None:
    with client(empty_redis) as redis:
        redis.set("kept", "x")
    file = tmp_path / "exporter.yaml"
    file.write_text(
        f"targets:\n  cache:\n    kind: redis\n    address: '{empty_redis.address}'\n"
        f"    password_file: {empty_redis.password_file}\n"
    )

    result = CliRunner().invoke(exporter, ["--config", str(file), "--sample", "cache"])

    assert result.exit_code == 0, result.output
    assert "all 1 keys looked at" in result.output


def test_a_target_that_is_no_redis_is_refused_with_those_that_are(empty_redis: RedisServer) -> None:
    with pytest.raises(NoSample, match="no Redis target has the name 'orders'") as refused:
        sample(_configuration(empty_redis), "orders", 10)
    assert "use one of: cache" in str(refused.value)


def test_a_missing_right_is_told_with_the_line_that_grants_it(empty_redis: RedisServer) -> None:
    rules = ("on", f">{empty_redis.password}", "resetkeys", "-@all", "+ping", "+info", "+client|setname")
    empty_redis.execute("ACL", "SETUSER", "blind", *rules)
    with client(empty_redis) as redis:
        redis.set("kept", "x")
    with pytest.raises(NoSample, match="target cache refuses") as refused:
        sample(_configuration(empty_redis, "blind"), "cache", 10)
    line = str(refused.value).partition("remedy: ")[2]
    empty_redis.execute(*line.split())

    assert "all 1 keys looked at" in sample(_configuration(empty_redis, "blind"), "cache", 10)


def test_a_server_that_is_down_is_told_with_its_reason() -> None:
    target = RedisSettings(name="cache", address="127.0.0.1:1")
    with pytest.raises(NoSample, match=r"target cache is down \(refused\)"):
        sample(Configuration(targets={"cache": target}), "cache", 10)
