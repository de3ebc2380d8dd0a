"""Samples that an expression reads: as predicted, and as Prometheus counts them where every label is full."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests.compose.cost.small_stack import PACE, estimate_of, predicted, service
from tests.plugins.past_prometheus import holding
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, ROUTE, STATUS
from watchbill_stack.cost.reading import Reader
from watchbill_stack.cost.supply import Supply

PREDICTION = predicted(service(label_limits={ROUTE: 2, STATUS: 2}))
STEP, SAMPLES = int(PACE.scrape_interval), 80
OURS = 'service="shop"'
BUCKET = f"{HTTP_REQUEST_DURATION.name}_bucket"


@dataclass(frozen=True, slots=True)
class Counting:
    """A Prometheus that says how much it reads."""

    address: str
    moment: int

    def samples(self, text: str) -> int:
        query = urlencode({"query": text, "time": self.moment, "stats": "all"})
        with urlopen(f"{self.address}/api/v1/query?{query}") as answer:  # noqa: S310  # our own Prometheus
            return int(json.load(answer)["data"]["stats"]["samples"]["totalQueryableSamples"])


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counting]:
    """One that holds every series which the shop may have of two metrics, for 20 minutes."""
    moment = int(time.time()) // STEP * STEP - 60
    for address in holding(_exposition(moment), tmp_path_factory.mktemp("prometheus")):
        yield Counting(address, moment)


def read(text: str) -> int:
    return Reader(Supply(PREDICTION.jobs), PACE).read(text).samples


@pytest.mark.parametrize(
    "text",
    [
        f"sum({HTTP_REQUESTS.name}{{{OURS}}})",
        f"sum by (route) (rate({HTTP_REQUESTS.name}{{{OURS}}}[5m]))",
        f'sum(increase({HTTP_REQUESTS.name}{{{OURS},method="GET"}}[10m]))',
        f'sum(rate({HTTP_REQUESTS.name}{{{OURS},method=~"GET|POST",route="route-1"}}[5m]))',
        f'sum(rate({HTTP_REQUESTS.name}{{{OURS},method!~"P.*"}}[5m] offset 5m))',
        f"histogram_quantile(0.95, sum by (le) (rate({BUCKET}{{{OURS}}}[5m])))",
        f'sum(rate({BUCKET}{{{OURS},le="0.5"}}[5m])) / sum(rate({HTTP_REQUEST_DURATION.name}_count{{{OURS}}}[5m]))',
        f"absent({HTTP_REQUESTS.name}{{{OURS}}}) or topk(3, {HTTP_REQUESTS.name}{{{OURS}}})",
    ],
)
def test_where_every_label_is_full_as_much_is_read_as_predicted(prometheus: Counting, text: str) -> None:
    samples = prometheus.samples(text)

    assert samples > 0
    # Of a window's two ends, Prometheus 3 leaves out the older one.
    assert 0.9 * read(text) <= samples <= read(text)


@pytest.mark.parametrize(
    "text",
    [
        f'sum(rate({HTTP_REQUESTS.name}{{{OURS},status=~"status-1"}}[5m]))',
        f"max_over_time(sum(rate({HTTP_REQUESTS.name}{{{OURS}}}[1m]))[5m:1m])",
        f'sum(rate({HTTP_REQUESTS.name}{{{OURS},route!="route-1"}}[5m]))',
        f"sum(rate({HTTP_REQUESTS.name}{{{OURS}}}[1h]))",
    ],
)
def test_never_more_is_read_than_predicted(prometheus: Counting, text: str) -> None:
    assert 0 < prometheus.samples(text) <= read(text)


def _exposition(moment: int) -> Iterator[str]:
    for metric in (HTTP_REQUESTS, HTTP_REQUEST_DURATION):
        one = estimate_of(PREDICTION, metric.name)
        for name in one.names:
            labels = one.of_series(name)
            values = (sorted(label.values) or [f"{label.name}-{n}" for n in range(label.most)] for label in labels)
            for chosen in product(*values):
                pairs = ",".join(f'{label.name}="{value}"' for label, value in zip(labels, chosen, strict=True))
                for index in range(SAMPLES):
                    yield f"{name}{{{OURS},{pairs}}} {index} {moment - (SAMPLES - 1 - index) * STEP}\n"
    yield "# EOF\n"
