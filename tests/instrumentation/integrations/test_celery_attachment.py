"""Celery, instrumented and not any more, twice, and beside others."""

import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator
from functools import partialmethod
from typing import Any

import pytest
from celery import signals
from kombu import Exchange, Queue
from opentelemetry.instrumentation.celery import CeleryInstrumentor

from tests.plugins.application import quiet
from tests.plugins.celery_workshop import (
    Broken,
    in_memory,
    message,
    published,
    workshop,
)
from watchbill import InvalidDeclaration, Observability
from watchbill.catalogue.queue import (
    MESSAGE_STATUS,
    PUBLISHED,
    QUEUE_MESSAGES,
    SUCCEEDED,
)
from watchbill.catalogue.queue import QUEUE as QUEUE_LABEL
from watchbill.queues.envelope import DUE
from watchbill.testing import Exposition, Spans

MEMORY = "memory://"


@pytest.fixture
def app() -> Iterator[Any]:
    """An application with a broker in this process, which all of its tests share."""
    found = in_memory()
    yield found
    found.close()


def test_signals_of_the_application_go_on_whatever_order_they_were_connected_in(app: Any) -> None:
    seen: list[str] = []

    def before(**_: Any) -> None:
        seen.append("before")

    def after(**_: Any) -> None:
        seen.append("after")
        raise Broken("in the application's own receiver")

    signals.task_prerun.connect(before, weak=False)
    observability = quiet().celery(app)
    signals.task_prerun.connect(after, weak=False)
    try:
        assert app.tasks["done"].apply(args=[7]).get() == 7
    finally:
        signals.task_prerun.disconnect(before)
        signals.task_prerun.disconnect(after)
    assert seen == ["before", "after"]
    assert Exposition.of(observability).value(QUEUE_MESSAGES, {MESSAGE_STATUS: SUCCEEDED}) == 1
    observability.uninstrument(app)


def test_twice_instrumented_counts_once(app: Any) -> None:
    first, second = quiet().celery(app).celery(app), quiet()
    second.celery(app)
    app.tasks["done"].delay()
    assert (published(first), published(second)) == (1, 0)
    assert second.report()["celery"].state == "off"
    first.uninstrument(app)


def test_all_applications_and_one_of_them_count_once(app: Any) -> None:
    every, one, other = quiet().celery(), quiet().celery(app), workshop(MEMORY)
    app.tasks["done"].delay()
    other.tasks["done"].delay()
    assert (published(every), published(one)) == (1, 1)
    one.uninstrument(app)
    app.tasks["done"].delay()
    assert (published(every), published(one)) == (2, 1)
    import celery

    every.uninstrument(celery)
    app.tasks["done"].delay()
    assert published(every) == 2


def test_an_application_that_published_before_is_instrumented_all_the_same(app: Any) -> None:
    app.tasks["done"].delay()
    observability = quiet().celery(app)
    app.tasks["done"].delay()
    assert published(observability) == 1
    observability.uninstrument(app)


def test_uninstrument_leaves_everything_as_it_was(app: Any) -> None:
    from celery.app.amqp import AMQP

    watched = (signals.task_prerun, signals.task_postrun, signals.worker_init)
    before = [len(signal.receivers) for signal in watched], vars(AMQP)["_create_task_sender"]
    observability = quiet().celery(app)
    app.tasks["done"].delay()
    message(app)
    observability.uninstrument(app)
    assert ([len(signal.receivers) for signal in watched], vars(AMQP)["_create_task_sender"]) == before
    app.tasks["done"].delay()
    assert DUE not in message(app).headers
    assert published(observability) == 1


def test_uninstrument_leaves_a_worker_s_process_as_it_was(app: Any) -> None:
    from celery.worker.consumer.consumer import Consumer
    from celery.worker.request import Request

    def seen() -> list[Any]:
        methods = [vars(Request)[name] for name in ("on_timeout", "on_failure", "reject", "_announce_revoked")]
        return [*methods, vars(Consumer)["on_decode_error"], *(len(signal.receivers) for signal in rare)]

    rare = (signals.task_unknown, signals.task_rejected)
    before = seen()
    observability = quiet().celery(app)
    assert not [one for one, other in zip(before, seen(), strict=True) if one == other]
    observability.uninstrument(app)
    assert seen() == before


def test_uninstrument_under_another_library_s_layer_is_transparent(app: Any) -> None:
    from celery.app.amqp import AMQP

    kind: Any = AMQP
    observability = quiet().celery(app)
    ours = kind._create_task_sender
    kind._create_task_sender = partialmethod(ours)
    try:
        observability.uninstrument(app)
        app.tasks["done"].delay()
        assert DUE not in message(app).headers
        again = quiet().celery(app)
        app.tasks["done"].delay()
        assert published(again) == 1
        again.uninstrument(app)
    finally:
        kind._create_task_sender = ours
        quiet().celery(app).uninstrument(app)
    assert kind._create_task_sender is not ours


def test_contrib_makes_the_spans_where_it_is_in_place(app: Any) -> None:
    spans = Spans()
    observability = Observability("shop", tracing=spans.tracing, logging=None).celery(app)
    make: Any = CeleryInstrumentor
    contrib = make()
    contrib.instrument(tracer_provider=provider(observability))
    try:
        assert "opentelemetry" in observability.report()["celery"].reason
        app.tasks["done"].delay()
        app.tasks["done"].apply()
    finally:
        contrib.uninstrument()
    names = [span.name for span in spans.finished]
    assert not [name for name in names if name.startswith(("send", "process"))]
    page = Exposition.of(observability)
    assert page.value(QUEUE_MESSAGES, {MESSAGE_STATUS: PUBLISHED}) == 1
    assert page.value(QUEUE_MESSAGES, {MESSAGE_STATUS: SUCCEEDED}) == 1
    app.tasks["done"].apply()
    assert spans.finished[-1].name == "process done"
    observability.uninstrument(app)


def test_what_is_no_application_is_refused() -> None:
    with pytest.raises(InvalidDeclaration, match="no Celery application"):
        quiet().celery(object())


def test_the_current_application_stands_for_the_real_one() -> None:
    from celery import current_app

    observability = quiet().celery(current_app)
    real: Any = vars(type(current_app))["_get_current_object"](current_app)
    real.send_task("done", connection=workshop(MEMORY).connection_for_write())
    assert published(observability) == 1
    observability.uninstrument(real)


def test_without_celery_one_error_names_the_extra() -> None:
    script = (
        "import sys\n"
        "sys.modules['celery'] = None\n"
        "from watchbill import MissingExtra, Observability\n"
        "try:\n"
        "    Observability('shop', tracing=None, logging=None).celery()\n"
        "except MissingExtra as error:\n"
        "    print(error)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "celery" in ran.stdout
    assert 'pip install "watchbill[celery]"' in ran.stdout
    assert ran.stderr == ""


def test_an_application_that_is_dropped_is_gone() -> None:
    app = workshop(MEMORY)
    observability = quiet().celery(app)
    app.tasks["done"].delay()
    gone = weakref.ref(app)
    app.close()
    del app
    gc.collect()
    assert gone() is None
    assert published(observability) == 1
    # The hooks go with the next one.
    last = workshop(MEMORY)
    quiet().celery(last).uninstrument(last)


def test_an_application_is_not_taken_for_one_that_is_gone() -> None:
    import celery

    observability = quiet().celery()
    for number in range(20):
        # It may be where the one before was in memory.
        app = workshop(MEMORY)
        app.conf.task_queues = [Queue(f"topics-{number}", Exchange("topics", "topic"), "news.#")]
        app.tasks["done"].apply_async(exchange="topics", exchange_type="topic", routing_key="news.local")
        app.close()
        del app
        gc.collect()
    page = Exposition.of(observability)
    for number in range(20):
        assert page.value(QUEUE_MESSAGES, {QUEUE_LABEL: f"topics-{number}", MESSAGE_STATUS: PUBLISHED}) == 1
    observability.uninstrument(celery)


def provider(observability: Observability) -> Any:
    """What the observability's own spans come from."""
    return observability.tracer_provider
