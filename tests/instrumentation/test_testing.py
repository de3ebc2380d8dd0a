"""The helpers that users get."""

import pytest

from tests.plugins.application import quiet
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, METHOD, ROUTE, STATUS
from watchbill.catalogue.process import PYTHON
from watchbill.names import Names
from watchbill.testing import Exposition

REQUESTS = HTTP_REQUESTS.name
DURATION = HTTP_REQUEST_DURATION.name
TEXT = f"""# TYPE {REQUESTS} counter
{REQUESTS}{{{METHOD.name}="GET",{ROUTE.name}="/a",{STATUS.name}="200"}} 3
{REQUESTS}{{{METHOD.name}="GET",{ROUTE.name}="/b",{STATUS.name}="500"}} 4
# TYPE {DURATION} histogram
{DURATION}_bucket{{{METHOD.name}="GET",{ROUTE.name}="/a",le="0.5"}} 2
{DURATION}_bucket{{{METHOD.name}="GET",{ROUTE.name}="/a",le="+Inf"}} 3
{DURATION}_count{{{METHOD.name}="GET",{ROUTE.name}="/a"}} 3
{DURATION}_sum{{{METHOD.name}="GET",{ROUTE.name}="/a"}} 1.5
"""


def test_values_are_summed_over_the_series_that_match() -> None:
    found = Exposition.parse(TEXT)
    assert found.value(HTTP_REQUESTS) == 7
    assert found.value(HTTP_REQUESTS, {STATUS: 500, METHOD: "GET"}) == 4
    assert found.value(HTTP_REQUESTS, {ROUTE: "/c"}) == 0
    assert found.series(HTTP_REQUESTS) == 2
    assert found.values_of(HTTP_REQUESTS, ROUTE) == {"/a", "/b"}


def test_histograms_are_read_by_count_total_and_bucket() -> None:
    found = Exposition.parse(TEXT)
    assert found.count(HTTP_REQUEST_DURATION, {ROUTE: "/a"}) == 3
    assert found.total(HTTP_REQUEST_DURATION) == 1.5
    assert found.at_most(HTTP_REQUEST_DURATION, 0.5) == 2
    assert found.series(HTTP_REQUEST_DURATION) == 1


def test_a_names_profile_is_read_through() -> None:
    names = Names({ROUTE.name: "endpoint"})
    found = Exposition.parse(TEXT.replace(f"{ROUTE.name}=", "endpoint="), names)
    assert found.value(HTTP_REQUESTS, {ROUTE: "/a"}) == 3


def test_a_label_the_metric_lacks_is_an_error_not_a_zero() -> None:
    with pytest.raises(KeyError, match=PYTHON.name):
        Exposition.parse(TEXT).value(HTTP_REQUESTS, {PYTHON: "3"})


def test_what_is_no_exposition_is_an_error() -> None:
    with pytest.raises(ValueError, match=r".+"):
        Exposition.parse("<html>")


def test_an_observability_is_read_without_a_scrape() -> None:
    assert Exposition.of(quiet()).samples
