"""Where a notification leads."""

from urllib.parse import parse_qs, urlsplit

import pytest

from watchbill.catalogue import ENV
from watchbill.links import Links, overview_uid, panel_id, slug

LINKS = Links(dashboards="https://grafana.example.com/base", runbooks="https://runbooks.example.com")


def test_a_dashboard_link_carries_its_time_range_and_variables() -> None:
    address = urlsplit(LINKS.dashboard("shop-overview", **{ENV.name: "production"}))

    assert address.netloc + address.path == "grafana.example.com/base/d/shop-overview"
    assert parse_qs(address.query) == {f"var-{ENV.name}": ["production"], "from": ["now-1h"], "to": ["now"]}


def test_a_dashboard_link_opens_a_panel() -> None:
    address = urlsplit(LINKS.dashboard("shop-overview", "latency"))

    assert parse_qs(address.query)["viewPanel"] == [str(panel_id("latency"))]


def test_values_of_variables_are_escaped() -> None:
    hostile = "/users/{id}?a=b&c=d é"
    address = urlsplit(LINKS.dashboard("shop-overview", route=hostile))

    assert parse_qs(address.query)["var-route"] == [hostile]
    assert address.fragment == ""


def test_a_runbook_link_names_service_and_alert() -> None:
    assert LINKS.runbook("shop", "ShopDown") == "https://runbooks.example.com/shop/ShopDown"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Shop", "shop"), ("/api/users/{id}", "api-users-id"), ("a  b__c", "a-b-c"), ("/", ""), ("--x--", "x")],
)
def test_a_slug_has_lower_case_letters_digits_and_single_hyphens(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_a_dashboard_uid_fits_grafanas_40_characters() -> None:
    assert overview_uid("shop") == "shop-overview"
    assert overview_uid("s" * 29) == "s" * 29 + "-overview"
    assert len(overview_uid("s" * 60)) == 40


def test_a_panel_id_is_stable_and_fits_grafanas_integers() -> None:
    assert panel_id("latency") == panel_id("latency") == 926446584
    assert all(0 < panel_id(f"panel {number}") < 2**31 for number in range(1000))
    assert len({panel_id(f"panel {number}") for number in range(1000)}) == 1000
