"""All that can be declared of one Redis, read by an account with the documented rights."""

import re
from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest

from tests.exporters.redis_server.declaring import client, probed
from tests.plugins.redis_server import RedisServer
from watchbill.catalogue import Metric, broker
from watchbill.catalogue.exporter import COLLECTOR, PERMISSION
from watchbill.catalogue.redis_server import keys, streams
from watchbill.catalogue.redis_server.probe import REDIS_COLLECTOR_SUCCESS, REDIS_PERMISSION
from watchbill_exporters import InvalidConfiguration, RedisSettings, load_configuration
from watchbill_exporters.redis_server.declared import (
    ArqApplication,
    CeleryApplication,
    DeadLetters,
    Declared,
    DeclaredKey,
    Prefixes,
)
from watchbill_exporters.redis_server.options import OPTIONS
from watchbill_exporters.redis_server.rights import ACL, ACL_OF_KEYS, ACL_OF_PREFIXES

_PAGE = (Path(__file__).parents[3] / "exporters" / "QUEUES.md").read_text(encoding="utf-8")
_TYPES = ("list", "set", "sorted_set", "hash", "string")
_EVERYTHING = Declared(
    keys=(
        *(DeclaredKey(name=f"a {kind}", type=kind) for kind in _TYPES),  # type: ignore[arg-type]  # they are the types
        DeclaredKey(name="timed", time="at"),
        DeclaredKey(name="due", type="sorted_set", scores="seconds"),
    ),
    streams=(DeclaredKey(name="events", type="stream", database=2),),
    dead_letters=(DeadLetters(queue="images", key=DeclaredKey(name="failed", type="stream")),),
    celery=(CeleryApplication(queues=("celery",)),),
    arq=(ArqApplication(),),
    prefixes=(Prefixes(names=("timed",)),),
)


@pytest.fixture
def filled_redis(empty_redis: RedisServer) -> Iterator[RedisServer]:
    """Something of everything, and the account that the documentation makes."""
    with client(empty_redis) as redis, client(empty_redis, 2) as other:
        redis.zadd("due", {"a": time()})
        redis.zadd("arq:queue", {"a": (time() - 1) * 1000})
        redis.set("arq:queue:health-check", "j_complete=1 j_failed=0 j_retried=0 j_ongoing=0 queued=1")
        other.xadd("events", {"a": "b"})
        other.xgroup_create("events", "mailers", "0")
        other.xreadgroup("mailers", "one", {"events": ">"})
    for line in (ACL, ACL_OF_KEYS, ACL_OF_PREFIXES):
        empty_redis.execute(*line.format(user="watchbill").replace("PASSWORD", empty_redis.password).split())
    yield empty_redis
    empty_redis.execute("ACL", "DELUSER", "watchbill")


async def test_the_documented_account_reads_every_metric(filled_redis: RedisServer) -> None:
    page = await probed(filled_redis, _EVERYTHING, username="watchbill")

    declared = {one for module in (broker, keys, streams) for one in vars(module).values() if isinstance(one, Metric)}
    # Redis tells when a consumer was last active since 7.2.
    missing = {one.name for one in declared - {streams.REDIS_CONSUMER_INACTIVE} if not page.series(one)}
    assert missing == set()
    for metric, label in ((REDIS_PERMISSION, PERMISSION), (REDIS_COLLECTOR_SUCCESS, COLLECTOR)):
        refused = {name for name in page.values_of(metric, label) if not page.value(metric, {label: name})}
        assert refused == set()


async def test_without_the_rights_the_keys_alone_are_missing(filled_redis: RedisServer) -> None:
    filled_redis.execute("ACL", "SETUSER", "watchbill", "-llen", "-xinfo")

    page = await probed(filled_redis, _EVERYTHING, username="watchbill")

    assert page.value(REDIS_PERMISSION, {PERMISSION: "llen"}) == 0
    assert page.value(REDIS_PERMISSION, {PERMISSION: "xinfo|stream"}) == 0
    assert page.series(broker.CELERY_QUEUE_LENGTH) == page.series(streams.REDIS_STREAM_GROUPS) == 0
    # Keys of other types are read by other commands.
    assert page.value(keys.REDIS_KEY_SIZE, {keys.REDIS_KEY: "due"}) == 1
    assert page.value(REDIS_COLLECTOR_SUCCESS, {COLLECTOR: "memory"}) == 1


def test_the_page_has_every_option_and_the_lines_of_the_code(tmp_path: Path) -> None:
    assert [option for option in OPTIONS if f"`{option}`" not in _PAGE] == []
    for line in (ACL_OF_KEYS, ACL_OF_PREFIXES):
        assert line.format(user="watchbill") in _PAGE
    file = tmp_path / "exporter.yaml"
    file.write_text(_PAGE.split("```yaml\n")[1].partition("```")[0], encoding="utf-8")
    target = load_configuration(file).targets["cache"]
    assert isinstance(target, RedisSettings)
    assert target.declared.celery[0].queues == ("celery", "images")


def test_the_page_shows_each_key_that_an_option_takes(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yaml"
    taken: set[str] = set()
    for option in ("celery", "arq", "prefixes", "keys", "dead_letters"):
        file.write_text(f"targets: {{a: {{kind: redis, address: 'a:1', {option}: [{{'?': 1}}]}}}}\n", encoding="utf-8")
        with pytest.raises(InvalidConfiguration) as mistakes:
            load_configuration(file)
        taken |= {
            name for text in re.findall(r"use one of: ([\w, ]+)", str(mistakes.value)) for name in text.split(", ")
        }
    assert {"read_unacked", "scores", "label_prefix"} <= taken
    assert [name for name in sorted(taken) if f"`{name}`" not in _PAGE and f"[].{name}`" not in _PAGE] == []
