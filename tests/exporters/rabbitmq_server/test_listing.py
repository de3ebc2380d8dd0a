"""Which queues a scrape tells of a cluster with very many, and of one that is not seen whole."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from kombu import Connection

from tests.exporters.probing import Exporter
from tests.exporters.rabbitmq_server.harbour import Harbour, add_user, of, until
from tests.plugins.exposition import names, value
from watchbill.catalogue.broker import CELERY_QUEUE_LENGTH
from watchbill.catalogue.rabbitmq import (
    CELERY_CONSUMERS,
    RABBITMQ_COLLECTOR_SUCCESS,
    RABBITMQ_DEAD_LETTERS,
    RABBITMQ_MESSAGES,
    RABBITMQ_QUEUE,
    RABBITMQ_QUEUE_CONSUMERS,
    RABBITMQ_QUEUES_OMITTED,
)

MOST = 520
"""More queues than one answer has."""
NOTHING = {"configure": "^$", "write": "^$", "read": "^$"}


@pytest.fixture(scope="module")
def crowd(harbour: Harbour) -> Iterator[Harbour]:
    """A virtual host `crowd` beside the harbour, which the account `monitor` may not see."""
    server = harbour.server
    server.manage("PUT", "vhosts/crowd")
    server.manage("PUT", f"permissions/crowd/{server.user}", {"configure": ".*", "write": ".*", "read": ".*"})
    add_user(server, "crowded", "monitoring", vhost="crowd")
    try:
        with Connection(server.url.removesuffix("//") + "/crowd") as connection:
            channel = cast("Any", connection.channel())
            for number in range(MOST):
                channel.queue_declare(f"queue-{number:03d}", nowait=True)
            connection.Producer(channel).publish({}, routing_key="queue-333")
            # Answered once all before it is done.
            channel.queue_declare("queue-000")
            yield harbour
    finally:
        server.manage("DELETE", "users/crowded")
        server.manage("DELETE", "vhosts/crowd")


def written(folder: Path, password: str) -> str:
    """The path of a file with a password."""
    path = folder / "password"
    path.write_text(password)
    return str(path)


async def test_of_very_many_queues_the_fullest_and_the_declared_are_told_and_the_others_counted(
    crowd: Harbour, tmp_path: Path
) -> None:
    chosen = crowd.settings(
        user="crowded",
        password_file=written(tmp_path, "crowded"),
        vhosts=("crowd",),
        top=3,
        celery_queues=("queue-444", "never"),
    )
    async with Exporter(chosen) as exporter:
        await until(exporter, lambda one: one.value(RABBITMQ_MESSAGES) == 1)
        found = await until(exporter, lambda one: one.series(RABBITMQ_QUEUE_CONSUMERS) > 0)
    shown = found.values_of(RABBITMQ_MESSAGES, RABBITMQ_QUEUE)
    assert {"queue-333", "queue-444", "never"} <= shown
    assert len(shown) == 5
    assert found.value(RABBITMQ_QUEUES_OMITTED) == MOST - 4
    assert found.series(CELERY_QUEUE_LENGTH) == 2


async def test_few_visible_queues_of_a_crowded_cluster_have_their_statistics(crowd: Harbour) -> None:
    async with Exporter(crowd.settings(vhosts=())) as exporter:
        found = await until(exporter, lambda one: one.series(RABBITMQ_QUEUE_CONSUMERS, of("work")) > 0)
    assert found.value(RABBITMQ_QUEUES_OMITTED) == 0


@pytest.mark.parametrize("tags", ["monitoring", "management"])
async def test_a_declared_queue_that_may_be_hidden_is_unknown_and_not_empty(
    crowd: Harbour, tmp_path: Path, tags: str
) -> None:
    add_user(crowd.server, "weak", tags, vhost=crowd.vhost)
    chosen = crowd.settings(
        user="weak", password_file=written(tmp_path, "weak"), vhosts=(), celery_queues=("queue-444", "work")
    )
    try:
        async with Exporter(chosen) as exporter:
            found = await until(exporter, lambda one: one.series(CELERY_CONSUMERS) > 0)
    finally:
        crowd.server.manage("DELETE", "users/weak")
    assert found.values_of(RABBITMQ_MESSAGES, RABBITMQ_QUEUE) >= {"work"}
    assert "queue-444" not in found.values_of(RABBITMQ_MESSAGES, RABBITMQ_QUEUE)
    assert found.series(CELERY_QUEUE_LENGTH) == 1


async def test_dead_letters_of_other_virtual_hosts_are_not_shown(crowd: Harbour, tmp_path: Path) -> None:
    add_user(crowd.server, "both", "monitoring", vhost=crowd.vhost)
    crowd.server.manage("PUT", "permissions/crowd/both", NOTHING)
    password = written(tmp_path, "both")
    try:
        for named in ((), ("gra*",)):
            chosen = crowd.settings(
                user="both", password_file=password, vhosts=("crowd",), queues=("queue-00*",), dead_letter_queues=named
            )
            async with Exporter(chosen) as exporter:
                text = (await exporter.probe("broker")).text
            assert value(text, RABBITMQ_COLLECTOR_SUCCESS, "dead_letters") == 1
            assert RABBITMQ_DEAD_LETTERS.name not in names(text)
    finally:
        crowd.server.manage("DELETE", "users/both")
