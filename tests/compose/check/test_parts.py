"""A large stack is shared out among processes, and the findings are the same, in the same order."""

import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from tests.compose.check.built_stack import PACE, shop
from watchbill import Counter, Postgres, Redis, Service, alert, availability, chart
from watchbill.catalogue import SERVICE
from watchbill.catalogue.objectives import error_ratio
from watchbill.stack import Stack
from watchbill_stack.check import checking
from watchbill_stack.check.built import Built
from watchbill_stack.check.checking import check
from watchbill_stack.check.document import report_document
from watchbill_stack.check.parts import check_in_parts
from watchbill_stack.check.report import Report
from watchbill_stack.check.spoken import Spoken

ORDERS = Counter(name="shop_orders_total", help="Orders placed.")
_SERVICES = 104


def _service(number: int) -> Service:
    """Every third has a mistake, every fifth a suppression that covers something, every seventh one that does not."""
    charts = [
        chart("Wrong", f"rate(nothing_{number % 2}_total[5m])", help="Nothing.") if number % 3 == 0 else None,
        chart("Raw", ORDERS.name, help="Raw.", suppressed={"raw-counter": "wanted"}) if number % 5 == 0 else None,
        chart("Idle", "vector(1)", help="Idle.", suppressed={"lost-le": "for no reason"}) if number % 7 == 0 else None,
    ]
    neighbour = f'{error_ratio("5m").name}{{{SERVICE.name}="s{(number + 50) % _SERVICES}"}}'
    return replace(
        shop(
            uses=[Redis(f"cache-{number // 4}"), Postgres("orders")],
            objectives=[availability(99.9)] if number % 2 else [],
            thresholds=[],
            metrics=[ORDERS] if number == 0 else [],
            charts=[one for one in charts if one is not None],
            alerts=[alert(f"{neighbour} > 0.5", name="NeighbourFails", summary="It fails.")] if number % 2 else [],
        ),
        name=f"s{number}",
    )


@pytest.fixture(scope="module")
def stack() -> Stack:
    """Large enough to be shared out."""
    return Stack(*map(_service, range(_SERVICES)))


def _cores(number: int) -> Callable[[int], set[int]]:
    def affinity(_pid: int) -> set[int]:
        return set(range(number))

    return affinity


def _document(report: Report) -> str:
    return json.dumps(report_document(report, 0), indent=1)


def test_the_findings_are_those_of_one_process_in_the_same_order(stack: Stack) -> None:
    whole, shared = check(stack, PACE), check_in_parts(stack, PACE)

    assert {"unknown-metric", "alert-without-test", "unused-suppression"} <= {
        finding.rule.id for finding in whole.findings
    }
    assert whole.suppressed > 0
    assert _document(shared) == _document(whole)


def test_several_processes_do_the_work(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", _cores(3))
    done: list[int] = []

    before = _document(check(stack, PACE))
    after = _document(check_in_parts(stack, PACE, done.append))

    assert after == before
    assert len(done) < _SERVICES / 25
    assert multiprocessing.active_children() == []


def test_an_interrupt_is_left_to_the_process_that_waits(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    here, before = os.getpid(), _document(check(stack, PACE))
    real = checking.infer_part

    def interrupted_elsewhere(built: Built, spoken: Mapping[str, Spoken]) -> object:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGINT)
        return real(built, spoken)

    monkeypatch.setattr(os, "sched_getaffinity", _cores(2))
    monkeypatch.setattr(checking, "infer_part", interrupted_elsewhere)

    assert _document(check_in_parts(stack, PACE)) == before


def test_a_mistake_in_a_helping_process_is_raised_here(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.getpid()
    real = checking.infer_part

    def fails_elsewhere(built: Built, spoken: Mapping[str, Spoken]) -> object:
        if os.getpid() != here:
            raise LookupError("in a helping process")
        return real(built, spoken)

    monkeypatch.setattr(os, "sched_getaffinity", _cores(2))
    monkeypatch.setattr(checking, "infer_part", fails_elsewhere)

    with pytest.raises(LookupError, match="in a helping process"):
        check_in_parts(stack, PACE)
    assert multiprocessing.active_children() == []
