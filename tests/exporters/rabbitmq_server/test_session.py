"""What a scrape says of a real RabbitMQ, beside what its own listener says."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from tests.exporters.probing import Answer, Exporter
from tests.exporters.rabbitmq_server.harbour import ODD, OLD_SECONDS, Harbour, add_user, of, until
from tests.plugins.exposition import names, value
from tests.plugins.ill_server import ill_server, speaking_http
from tests.plugins.programs import free_port
from tests.plugins.rabbitmq_server import RabbitmqServer
from tests.plugins.wire_proxy import WireProxy
from watchbill.catalogue.broker import CELERY_QUEUE_LENGTH, CELERY_QUEUE_OLDEST, CELERY_QUEUE_UNACKED, QUEUE_NAME
from watchbill.catalogue.exporter import COLLECTOR
from watchbill.catalogue.rabbitmq import (
    CELERY_CONSUMERS,
    RABBITMQ_ALL_MESSAGES,
    RABBITMQ_BUILD,
    RABBITMQ_BYTES,
    RABBITMQ_CHANNELS,
    RABBITMQ_CONNECTIONS,
    RABBITMQ_DEAD_LETTERS,
    RABBITMQ_DISK_ALARM,
    RABBITMQ_DISK_FREE,
    RABBITMQ_HEAD_AGE,
    RABBITMQ_HEAD_TIMESTAMP,
    RABBITMQ_IDENTITY,
    RABBITMQ_MEMORY,
    RABBITMQ_MEMORY_ALARM,
    RABBITMQ_MEMORY_LIMIT,
    RABBITMQ_MESSAGES,
    RABBITMQ_PARTITIONS,
    RABBITMQ_PERMISSION,
    RABBITMQ_QUEUE,
    RABBITMQ_QUEUE_ACKED,
    RABBITMQ_QUEUE_CONSUMERS,
    RABBITMQ_QUEUE_GOT_ACK,
    RABBITMQ_QUEUE_PUBLISHED,
    RABBITMQ_QUEUE_STATE,
    RABBITMQ_QUEUES,
    RABBITMQ_QUEUES_OMITTED,
    RABBITMQ_READY,
    RABBITMQ_RECEIVED,
    RABBITMQ_RUNNING,
    RABBITMQ_STATE,
    RABBITMQ_UNACKED,
    RABBITMQ_UP,
    RABBITMQ_UP_REASON,
    RABBITMQ_VERSION,
)
from watchbill.testing import Exposition


def is_down(answer: Answer, reason: str) -> bool:
    """Whether the answer says so with 200 and nothing else."""
    down = value(answer.text, RABBITMQ_UP) == 0 and value(answer.text, RABBITMQ_UP_REASON, reason) == 1
    return answer.status == 200 and down and RABBITMQ_MESSAGES.name not in names(answer.text)


async def test_queues_are_told_as_they_are(harbour: Harbour) -> None:
    async with Exporter(harbour.settings()) as exporter:
        found = Exposition.parse((await exporter.probe("broker")).text)
    assert found.value(RABBITMQ_UNACKED, of("work")) == 2
    assert found.value(RABBITMQ_QUEUE_ACKED, of("work")) == 1
    assert found.value(RABBITMQ_MESSAGES, of("work")) == 8
    assert found.value(RABBITMQ_READY, of("work")) == 6
    assert found.value(RABBITMQ_BYTES, of("work")) == 8 * len("{}")
    assert found.value(RABBITMQ_QUEUE_PUBLISHED, of("work")) == 10
    assert found.value(RABBITMQ_QUEUE_GOT_ACK, of("work")) == 4
    assert found.value(RABBITMQ_QUEUE_CONSUMERS, of("work")) == 0
    assert found.value(RABBITMQ_MESSAGES, of("grave")) == 1
    assert found.value(RABBITMQ_QUEUE_STATE, {**of("work"), RABBITMQ_STATE: "running"}) == 1
    assert found.values_of(RABBITMQ_MESSAGES, RABBITMQ_QUEUE) == {"work", "grave", "later", "idle", ODD}
    assert found.value(RABBITMQ_QUEUES_OMITTED) == 0
    assert found.value(RABBITMQ_PERMISSION) == 2


async def test_the_first_messages_age_is_told_where_its_publisher_stamps_it(harbour: Harbour) -> None:
    async with Exporter(harbour.settings()) as exporter:
        found = Exposition.parse((await exporter.probe("broker")).text)
    assert found.series(RABBITMQ_HEAD_TIMESTAMP, of("work")) == 1
    assert OLD_SECONDS <= found.value(RABBITMQ_HEAD_AGE, of("work")) < OLD_SECONDS + 600
    assert found.value(RABBITMQ_HEAD_AGE, of("idle")) == 0
    assert found.series(RABBITMQ_HEAD_AGE, of("idle")) == 1


async def test_only_queues_in_which_dead_letters_end_are_marked(harbour: Harbour) -> None:
    async with Exporter(harbour.settings()) as exporter:
        found = Exposition.parse((await exporter.probe("broker")).text)
    assert found.value(RABBITMQ_DEAD_LETTERS, of("grave")) == 1
    assert found.values_of(RABBITMQ_DEAD_LETTERS, RABBITMQ_QUEUE) == {"grave"}


async def test_dead_letter_queues_may_be_named(harbour: Harbour) -> None:
    async with Exporter(harbour.settings(dead_letter_queues=("i*e", "gr*"))) as exporter:
        found = Exposition.parse((await exporter.probe("broker")).text)
    assert found.value(RABBITMQ_DEAD_LETTERS) == 1
    assert found.values_of(RABBITMQ_DEAD_LETTERS, RABBITMQ_QUEUE) == {"idle", "grave"}


async def test_celery_queues_have_their_own_names_and_a_missing_one_is_empty(harbour: Harbour) -> None:
    wanted = harbour.settings(celery_queues=("work", "never"), queues=("gr*",))
    async with Exporter(wanted) as exporter:
        found = Exposition.parse((await exporter.probe("broker")).text)
    assert found.value(CELERY_QUEUE_UNACKED, {QUEUE_NAME: "work"}) == 2
    assert found.value(CELERY_QUEUE_LENGTH, {QUEUE_NAME: "work"}) == 6
    assert found.value(CELERY_QUEUE_OLDEST, {QUEUE_NAME: "work"}) >= OLD_SECONDS
    for metric in (CELERY_QUEUE_LENGTH, CELERY_QUEUE_UNACKED, CELERY_QUEUE_OLDEST, CELERY_CONSUMERS):
        assert found.value(metric, {QUEUE_NAME: "never"}) == 0
        assert found.series(metric, {QUEUE_NAME: "never"}) == 1
    assert found.values_of(RABBITMQ_MESSAGES, RABBITMQ_QUEUE) == {"work", "never", "grave"}


async def test_the_fullest_queues_are_shown_beside_the_declared_ones(harbour: Harbour) -> None:
    async with Exporter(harbour.settings(top=1, queues=("*", "idle"))) as exporter:
        found = Exposition.parse((await exporter.probe("broker")).text)
    assert found.values_of(RABBITMQ_MESSAGES, RABBITMQ_QUEUE) == {"work", "idle"}
    assert found.value(RABBITMQ_QUEUES_OMITTED) == 3


async def test_a_queue_of_any_name_can_be_chosen(harbour: Harbour) -> None:
    async with Exporter(harbour.settings(queues=(ODD,))) as exporter:
        found = Exposition.parse((await exporter.probe("broker")).text)
    assert found.series(RABBITMQ_QUEUE_STATE) == 1
    assert found.values_of(RABBITMQ_QUEUE_STATE, RABBITMQ_QUEUE) == {ODD}


async def test_the_cluster_and_its_nodes_are_told(harbour: Harbour) -> None:
    async with Exporter(harbour.settings()) as exporter:
        # Other tests leave queues behind that expire.
        found = await until(exporter, lambda one: totals(one) == totals_of(harbour.server))
    assert found.value(RABBITMQ_RECEIVED) >= 10
    overview = cast("dict[str, Any]", harbour.server.manage("GET", "overview"))
    (node,) = cast("list[dict[str, Any]]", harbour.server.manage("GET", "nodes"))
    assert found.value(RABBITMQ_CONNECTIONS) >= 1
    assert found.value(RABBITMQ_CHANNELS) >= 1
    assert found.values_of(RABBITMQ_BUILD, RABBITMQ_VERSION) == {overview["rabbitmq_version"]}
    assert found.value(RABBITMQ_IDENTITY) == found.value(RABBITMQ_RUNNING) == 1
    assert found.value(RABBITMQ_MEMORY_LIMIT) == node["mem_limit"]
    assert found.value(RABBITMQ_MEMORY) == pytest.approx(node["mem_used"], rel=0.5)
    assert found.value(RABBITMQ_DISK_FREE) == pytest.approx(node["disk_free"], rel=0.5)
    assert (
        found.value(RABBITMQ_MEMORY_ALARM) == found.value(RABBITMQ_DISK_ALARM) == found.value(RABBITMQ_PARTITIONS) == 0
    )
    assert found.series(RABBITMQ_MEMORY_ALARM) == found.series(RABBITMQ_PARTITIONS) == 1


def totals(found: Exposition) -> tuple[float, float]:
    """Queues and messages of the whole cluster in a scrape."""
    return (found.value(RABBITMQ_QUEUES), found.value(RABBITMQ_ALL_MESSAGES))


def totals_of(server: RabbitmqServer) -> tuple[float, float]:
    """The same as the listener tells."""
    overview = cast("dict[str, Any]", server.manage("GET", "overview"))
    return (overview["object_totals"]["queues"], overview["queue_totals"]["messages"])


async def test_a_scrape_takes_three_requests_on_one_connection(harbour: Harbour) -> None:
    with WireProxy(harbour.server.management_address) as proxy:
        async with Exporter(replace(harbour.settings(), address=proxy.address)) as exporter:
            await exporter.probe("broker")
            before = proxy.counts
            assert value((await exporter.probe("broker")).text, RABBITMQ_UP) == 1
            taken = proxy.counts - before
    assert (taken.round_trips, taken.connections) == (3, 0)


@pytest.mark.parametrize(
    ("tags", "lines"),
    [("", "rabbitmqctl set_user_tags novice monitoring"), (None, "correct user, or the content of its password_file")],
    ids=["without a tag", "unknown"],
)
async def test_an_account_that_may_not_sign_in_is_told_why(
    harbour: Harbour, tmp_path: Path, tags: str | None, lines: str, caplog: pytest.LogCaptureFixture
) -> None:
    password = tmp_path / "password"
    password.write_text("novice")
    if tags is not None:
        add_user(harbour.server, "novice", tags)
    try:
        async with Exporter(harbour.settings(user="novice", password_file=str(password))) as exporter:
            assert is_down(await exporter.probe("broker"), "auth")
    finally:
        if tags is not None:
            harbour.server.manage("DELETE", "users/novice")
    assert lines in caplog.text


@pytest.mark.parametrize(
    ("tags", "vhost", "lacks"), [("management", "harbour", "monitoring"), ("monitoring", None, "vhost")]
)
async def test_a_weak_account_gets_what_it_may_see(
    harbour: Harbour, tmp_path: Path, tags: str, vhost: str | None, lacks: str
) -> None:
    password = tmp_path / "password"
    password.write_text("weak")
    add_user(harbour.server, "weak", tags, vhost=vhost)
    try:
        async with Exporter(harbour.settings(user="weak", password_file=str(password), vhosts=())) as exporter:
            text = (await exporter.probe("broker")).text
    finally:
        harbour.server.manage("DELETE", "users/weak")
    found = Exposition.parse(text)
    assert value(text, RABBITMQ_UP) == 1
    assert value(text, RABBITMQ_PERMISSION, lacks) == 0
    assert (found.series(RABBITMQ_MEMORY) == 0) is (lacks == "monitoring")
    assert (found.series(RABBITMQ_MESSAGES) == 0) is (lacks == "vhost")


async def test_a_virtual_host_that_there_is_not_is_one_collectors_fault(
    harbour: Harbour, caplog: pytest.LogCaptureFixture
) -> None:
    async with Exporter(harbour.settings(vhosts=("nowhere",))) as exporter:
        found = Exposition.parse((await exporter.probe("broker")).text)
    assert found.value(RABBITMQ_UP) == found.value(RABBITMQ_RUNNING) == 1
    assert "there is no virtual host nowhere" in caplog.text


async def test_a_rotated_password_is_read_again(harbour: Harbour, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("wrong")
    async with Exporter(harbour.settings(password_file=str(password))) as exporter:
        assert is_down(await exporter.probe("broker"), "auth")
        password.write_text("monitor")
        assert value((await exporter.probe("broker")).text, RABBITMQ_UP) == 1


async def test_a_listener_that_is_none_is_down_with_the_line_that_switches_one_on(
    harbour: Harbour, caplog: pytest.LogCaptureFixture
) -> None:
    with ill_server(speaking_http) as other:
        for address, reason in (
            (f"127.0.0.1:{free_port()}", "refused"),
            (f"127.0.0.1:{harbour.server.port}", "protocol"),
            (other.address, "protocol"),
        ):
            caplog.clear()
            async with Exporter(replace(harbour.settings(), address=address)) as exporter:
                assert is_down(await exporter.probe("broker"), reason)
            assert "rabbitmq-plugins enable rabbitmq_management" in caplog.text


async def test_the_password_is_in_no_answer_and_no_log(harbour: Harbour, caplog: pytest.LogCaptureFixture) -> None:
    harbour.password_file.write_text("monitor\n")
    async with Exporter(harbour.settings(user="monitor")) as exporter:
        answer = await exporter.probe("broker")
    assert "bW9uaXRvcjptb25pdG9y" not in answer.text + caplog.text
    assert COLLECTOR.name in answer.text
