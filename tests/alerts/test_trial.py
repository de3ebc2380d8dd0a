"""What a rule test feeds."""

from watchbill import Names
from watchbill.catalogue import LE
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, ROUTE
from watchbill_alerts.trial import Buckets, Series, growing

NAMES = Names({ROUTE.name: "handler"})


def test_a_series_is_one_line_in_the_names_of_its_service() -> None:
    series = Series(HTTP_REQUESTS, {ROUTE: "/"}, growing(3))

    assert list(series.lines(NAMES, 10)) == [(f'{HTTP_REQUESTS.name}{{handler="/"}}', "0+3x10")]


def test_buckets_are_a_line_for_each_bound_and_one_for_all() -> None:
    buckets = Buckets(HTTP_REQUEST_DURATION, {ROUTE: "/"}, (0.5, 1.0), lambda bound: growing(1 if bound < 1 else 2))
    name = f'{HTTP_REQUEST_DURATION.name}_bucket{{handler="/",{LE.name}='

    assert list(buckets.lines(NAMES, 4)) == [
        (f'{name}"0.5"}}', "0+1x4"),
        (f'{name}"1.0"}}', "0+2x4"),
        (f'{name}"+Inf"}}', "0+2x4"),
    ]
    assert buckets.first.labels[LE] == "0.5"
