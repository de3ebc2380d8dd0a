"""What is inferred holds for what Prometheus answers, over series that were made at random."""

import itertools
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import isinf, isnan
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from hypothesis import HealthCheck, given, settings

from tests.instrumentation.flow.grammar import operations, selectors, vectors
from tests.instrumentation.flow.invented import SCRAPED
from tests.plugins.past_prometheus import holding
from watchbill.flow import rules
from watchbill.flow.family import Family, Kind
from watchbill.flow.flow import Flow
from watchbill.flow.inference import infer

STEP, SAMPLES = 15, 60
_EMPTY = {rules.IMPOSSIBLE_JOIN, rules.IMPOSSIBLE_VALUE, rules.NO_BUCKET_BOUND, rules.EMPTY_RESULT}
Result = list[tuple[dict[str, str], float]]
_SETTINGS = settings(
    max_examples=400,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@dataclass(frozen=True, slots=True)
class Queried:
    """A Prometheus with series of every invented metric; `moment` is that of the last samples."""

    address: str
    moment: int

    def ask(self, expression: str) -> Result | str:
        """The series an expression gives, or what Prometheus has against it."""
        query = urlencode({"query": expression, "time": self.moment})
        try:
            with urlopen(f"{self.address}/api/v1/query?{query}") as answer:  # noqa: S310  # our own Prometheus
                result = json.load(answer)["data"]["result"]
        except HTTPError as error:
            return str(json.load(error)["error"])
        return [(_without_name(one["metric"]), float(one["value"][1])) for one in result]


def _without_name(labels: dict[str, str]) -> dict[str, str]:
    return {label: value for label, value in labels.items() if label != "__name__"}


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queried]:
    """A Prometheus over blocks that promtool has written."""
    moment = int(time.time()) // STEP * STEP - 60
    for address in holding(_exposition(moment), tmp_path_factory.mktemp("prometheus")):
        yield Queried(address, moment)


def _exposition(moment: int) -> Iterator[str]:
    dice = random.Random(7)  # noqa: S311  # no secret
    for family in SCRAPED:
        for labels in _series(family, dice):
            pairs = ",".join(f'{label}="{value}"' for label, value in labels.items())
            for index, value in enumerate(_values(family, dice)):
                yield f"{family.name}{{{pairs}}} {value:g} {moment - (SAMPLES - 1 - index) * STEP}\n"
    yield "# EOF\n"


def _series(family: Family, dice: random.Random) -> Iterator[dict[str, str]]:
    """Every value of a closed set, for some of the other labels; those that are not certain come and go."""
    closed = {label: sorted(values.known) for label, values in family.labels.items() if values.is_closed}
    for _ in range(2):
        others = {
            label: dice.choice(["a", "b", "desk"])
            for label in family.labels
            if label not in closed and (label in family.certain or dice.random() < 0.5)
        }
        for chosen in itertools.product(*closed.values()):
            yield {**others, **dict(zip(closed, chosen, strict=True))}


def _values(family: Family, dice: random.Random) -> Iterator[float]:
    total = 0.0
    for _ in range(SAMPLES):
        if family.kind in {Kind.COUNTER, Kind.BUCKET}:
            total = 0.0 if dice.random() < 0.02 else total + dice.choice([0, 1, 5, 0.25])
            yield total
        else:
            low = -10.0 if family.low is None else family.low
            high = 100.0 if family.high is None else family.high
            yield dice.choice([low, high, (low + high) / 2, max(low, 0.0)])


@_SETTINGS
@given(text=vectors)
def test_a_result_carries_what_was_inferred(prometheus: Queried, text: str) -> None:
    flow = infer(text, SCRAPED).flow
    assert flow is not None

    answer = prometheus.ask(text)

    if isinstance(answer, list):
        for labels, value in answer:
            assert _is_within(flow, labels), (labels, flow)
            assert _is_between(flow, value), (value, flow)


@_SETTINGS
@given(text=operations(selectors()))
def test_a_join_said_to_be_impossible_is_empty(prometheus: Queried, text: str) -> None:
    found = {fault.rule for fault in infer(text, SCRAPED).faults}

    answer = prometheus.ask(text)

    if rules.AMBIGUOUS_JOIN in found:
        assert answer == [] or isinstance(answer, str)
    elif found & _EMPTY and " unless" not in text and " or" not in text and isinstance(answer, list):
        assert answer == []


def _is_within(flow: Flow, labels: dict[str, str]) -> bool:
    carried = flow.is_open or labels.keys() <= flow.labels.keys()
    valued = all(
        value in flow.labels[label].known
        for label, value in labels.items()
        if label in flow.labels and flow.labels[label].is_closed
    )
    return carried and valued and flow.certain <= labels.keys()


def _is_between(flow: Flow, value: float) -> bool:
    if isnan(value) or isinf(value):
        return True
    slack = 1e-9 * max(1.0, abs(value))
    return (flow.low is None or value >= flow.low - slack) and (flow.high is None or value <= flow.high + slack)
