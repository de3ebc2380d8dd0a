"""What waits in a Celery application's Redis."""

import json
from collections.abc import Callable
from time import time
from typing import Any

import pytest

from tests.plugins.application import quiet
from tests.plugins.celery_workshop import OTHER_QUEUE, QUEUE, workshop
from tests.plugins.programs import wait_until
from tests.plugins.redis_server import RedisServer
from watchbill import Observability
from watchbill.catalogue.queue import (
    PRIORITY,
    QUEUE_DEPTH,
    QUEUE_OLDEST,
    QUEUE_POLL_ERRORS,
    QUEUE_POLLED,
    QUEUE_WORKERS,
)
from watchbill.catalogue.queue import QUEUE as QUEUE_LABEL
from watchbill.queues import poller
from watchbill.queues.envelope import DUE
from watchbill.queues.source import DEFAULT_PRIORITY
from watchbill.testing import Exposition


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Queues are read several times a second."""
    monkeypatch.setattr(poller, "PERIOD_SECONDS", 0.2)


def application(server: RedisServer, **options: Any) -> Any:
    """The workshop on a server of the test's own."""
    app = workshop(f"redis://:{server.password}@{server.address}/0")
    app.conf.broker_transport_options = options
    return app


def until(observability: Observability, reached: Callable[[Exposition], bool]) -> Exposition:
    """A page on which it is so: readings are seconds apart."""
    pages: list[Exposition] = []

    def look() -> bool:
        pages[:] = [Exposition.of(observability)]
        return reached(pages[0])

    wait_until(look, "a reading")
    return pages[0]


@pytest.mark.parametrize("options", [{}, {"global_keyprefix": "mine:"}, {"priority_steps": [0, 5], "sep": ":"}])
def test_depth_is_the_length_of_each_priority_s_list(redis_server: RedisServer, options: dict[str, Any]) -> None:
    app = application(redis_server, **options)
    observability = quiet().celery(app)
    for priority in (None, 3, 6, 6, 9):
        app.tasks["done"].apply_async(priority=priority)
    page = until(observability, lambda page: page.value(QUEUE_DEPTH) == 5)
    prefix, separator = options.get("global_keyprefix", ""), options.get("sep", "\x06\x16")
    for step in options.get("priority_steps", (0, 3, 6, 9)):
        name = prefix + (f"{QUEUE}{separator}{step}" if step else QUEUE)
        label = str(step) if step else DEFAULT_PRIORITY
        depth = page.value(QUEUE_DEPTH, {QUEUE_LABEL: QUEUE, PRIORITY: label})
        assert depth == redis_server.execute("LLEN", name)
        assert depth > 0
    assert page.value(QUEUE_DEPTH, {QUEUE_LABEL: OTHER_QUEUE}) == 0
    assert page.value(QUEUE_POLLED, {QUEUE_LABEL: QUEUE}) == pytest.approx(time(), abs=30)
    # Redis does not know who takes from a list.
    assert page.series(QUEUE_WORKERS) == 0
    observability.uninstrument(app)


def test_the_oldest_message_is_as_old_as_its_header_says(redis_server: RedisServer) -> None:
    app = application(redis_server)
    observability = quiet().celery(app)
    app.tasks["done"].apply_async(queue=OTHER_QUEUE)
    message = json.loads(str(redis_server.execute("RPOP", OTHER_QUEUE)))
    message["headers"][DUE] = f"{time() - 100:.6f}"
    app.tasks["done"].apply_async(queue=OTHER_QUEUE)
    redis_server.execute("RPUSH", OTHER_QUEUE, json.dumps(message))
    page = until(observability, lambda page: page.value(QUEUE_OLDEST, {QUEUE_LABEL: OTHER_QUEUE}) > 0)
    assert page.value(QUEUE_OLDEST, {QUEUE_LABEL: OTHER_QUEUE}) == pytest.approx(100, abs=30)
    observability.uninstrument(app)


def test_an_age_that_nobody_knows_is_not_shown(redis_server: RedisServer) -> None:
    app = application(redis_server)
    app.send_task("done", queue=OTHER_QUEUE)
    observability = quiet().celery(app)
    page = until(observability, lambda page: page.value(QUEUE_DEPTH) == 1)
    assert page.series(QUEUE_OLDEST, {QUEUE_LABEL: OTHER_QUEUE}) == 0
    assert page.value(QUEUE_OLDEST, {QUEUE_LABEL: QUEUE}) == 0
    observability.uninstrument(app)


def test_a_broker_that_is_away_is_told_of_without_its_password(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    app = application(redis_server)
    app.send_task("done")
    observability = quiet().celery(app)
    until(observability, lambda page: page.value(QUEUE_DEPTH) == 1)
    redis_server.stop()
    until(observability, lambda page: page.value(QUEUE_POLL_ERRORS, {QUEUE_LABEL: QUEUE}) > 0)
    assert "cannot read queues" in caplog.text
    assert redis_server.password not in caplog.text
    observability.uninstrument(app)


def test_of_all_applications_those_that_publish_are_read(redis_server: RedisServer) -> None:
    import celery

    observability = quiet().celery()
    app = application(redis_server)
    app.tasks["done"].delay()
    until(observability, lambda page: page.value(QUEUE_DEPTH, {QUEUE_LABEL: QUEUE}) == 1)
    observability.uninstrument(celery)
    assert Exposition.of(observability).series(QUEUE_DEPTH) == 0


def test_an_application_that_is_not_configured_yet_is_left_alone() -> None:
    from celery import Celery

    app: Any = Celery("late", set_as_current=False)
    observability = quiet().celery(app)
    assert not app.configured
    app.config_from_object({"broker_url": "memory://", "task_default_queue": "late"})
    app.send_task("done")
    assert list(app.amqp.queues) == ["late"]
    observability.uninstrument(app)
