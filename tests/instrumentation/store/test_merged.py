"""The numbers of several workers as one."""

from pathlib import Path

import pytest
from prometheus_client import Counter

from tests.plugins.forked import forked
from watchbill import Observability
from watchbill.testing import Exposition


@pytest.mark.parametrize("series", [1, 499, 500, 501, 1001])
def test_every_series_of_many_is_added_up(series: int, tmp_path: Path) -> None:
    observability = Observability("shop", tracing=None, logging=None, workers=tmp_path)
    orders = Counter("test_orders", "Orders.", ["kind"], registry=observability.registry)

    def count() -> None:
        for number in range(series):
            orders.labels(str(number)).inc(number + 1)

    count()
    with forked(count):
        found = [one for one in Exposition.of(observability).samples if one.name == "test_orders_total"]
    assert {one.labels["kind"]: one.value for one in found} == {
        str(number): 2 * (number + 1) for number in range(series)
    }
