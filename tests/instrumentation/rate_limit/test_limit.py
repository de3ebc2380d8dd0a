"""Rate limits that the application declares itself."""

import asyncio
from typing import Any

import pytest

from tests.plugins.application import exposed, quiet
from watchbill import InvalidDeclaration, Observability, Switches
from watchbill.catalogue.rate_limit import LIMIT, OUTCOME, RATE_LIMIT_DECISIONS, SCOPE


class TooMany(Exception):
    """What a limiter of somebody's raises."""


def decisions(observability: Observability) -> dict[str, float]:
    """How many decisions of the limit `login` had which outcome."""
    scrape = exposed(observability)
    labels = {LIMIT: "login", SCOPE: "ip"}
    found = {one: scrape.value(RATE_LIMIT_DECISIONS, {**labels, OUTCOME: one}) for one in OUTCOME.values}
    return {outcome: count for outcome, count in found.items() if count}


def test_a_declared_limit_stands_at_zero_before_its_first_decision() -> None:
    observability = quiet()
    observability.rate_limit("login", scope="ip")

    assert exposed(observability).series(RATE_LIMIT_DECISIONS, {LIMIT: "login", SCOPE: "ip"}) == len(OUTCOME.values)
    assert decisions(observability) == {}


def test_it_counts_what_it_is_told() -> None:
    observability = quiet()
    limit = observability.rate_limit("login", scope="ip")
    limit.allowed()
    limit.allowed()
    limit.limited()
    limit.failed()

    assert decisions(observability) == {"allowed": 2, "limited": 1, "error": 1}


def test_the_same_limit_declared_twice_is_one() -> None:
    observability = quiet()
    observability.rate_limit("login", scope="ip").allowed()
    observability.rate_limit("login", scope="ip").allowed()

    assert decisions(observability) == {"allowed": 2}


def test_a_function_that_answers_no_is_limited_and_its_answer_passes() -> None:
    observability = quiet()

    @observability.rate_limit("login", scope="ip")
    def may_pass(tokens: int) -> int:
        """Whether there are tokens left."""
        return tokens

    assert (may_pass(3), may_pass(0), may_pass(tokens=1)) == (3, 0, 1)
    assert (may_pass.__name__, may_pass.__doc__) == ("may_pass", "Whether there are tokens left.")
    assert decisions(observability) == {"allowed": 2, "limited": 1}


async def test_an_async_function_is_counted_when_it_has_answered() -> None:
    observability = quiet()

    @observability.rate_limit("login", scope="ip")
    async def may_pass(answer: bool) -> bool:
        await asyncio.sleep(0)
        return answer

    waiting = may_pass(True)
    assert decisions(observability) == {}
    assert await waiting is True
    assert await may_pass(False) is False
    assert decisions(observability) == {"allowed": 1, "limited": 1}


def test_a_function_that_raises_to_limit_does_not_need_to_answer() -> None:
    observability = quiet()

    @observability.rate_limit("login", scope="ip", raises=TooMany)
    def check(error: Exception | None) -> None:
        if error is not None:
            raise error

    too_many, broken = TooMany(), OSError("storage is down")
    check(None)
    with pytest.raises(TooMany) as limited:
        check(too_many)
    with pytest.raises(OSError, match="storage is down") as failed:
        check(broken)

    assert (limited.value, failed.value) == (too_many, broken)
    assert decisions(observability) == {"allowed": 1, "limited": 1, "error": 1}


def test_a_block_is_allowed_when_it_ends_and_limited_when_it_raises() -> None:
    observability = quiet()
    limit = observability.rate_limit("login", scope="ip", raises=(TooMany, PermissionError))
    with limit:
        pass
    with pytest.raises(PermissionError), limit:
        raise PermissionError

    assert decisions(observability) == {"allowed": 1, "limited": 1}


async def test_a_cancelled_decision_is_none() -> None:
    observability = quiet()

    @observability.rate_limit("login", scope="ip")
    async def may_pass() -> bool:
        await asyncio.sleep(60)
        return True

    waiting = asyncio.create_task(may_pass())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert decisions(observability) == {}


@pytest.mark.parametrize("switches", [Switches(metrics=False), Switches(monitoring=False)])
def test_switched_off_it_does_nothing_and_still_decides_nothing(switches: Switches) -> None:
    observability = quiet(switches=switches)
    limit = observability.rate_limit("login", scope="ip")
    limit.allowed()

    assert limit(lambda: 7)() == 7
    assert RATE_LIMIT_DECISIONS.name not in observability.exposition()


def test_every_mistake_of_a_declaration_is_told_at_once() -> None:
    name: Any = 7
    raises: Any = (TooMany, "TooMany")

    with pytest.raises(InvalidDeclaration) as refused:
        quiet().rate_limit(name, scope=" ", raises=raises)

    assert len(refused.value.faults) == 3
