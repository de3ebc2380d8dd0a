"""What a stack says, place by place."""

from collections import Counter
from typing import get_args

from tests.compose.check.built_stack import PACE, built, panel_of, shop, team
from watchbill import Histogram
from watchbill.catalogue import LE
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS
from watchbill.profile import Profile
from watchbill.promql import parse
from watchbill.stack import Stack
from watchbill_stack.check.site import Role, Site
from watchbill_stack.check.sites import sites, sites_of

OF_FINDINGS = {"metric", "budget"}


def read(role: Role | None = None) -> list[Site]:
    return [site for site in sites_of(built()) if role is None or site.role == role]


def test_every_role_has_sites() -> None:
    assert set(get_args(Role)) - OF_FINDINGS == {site.role for site in read()}


def test_every_expression_is_promql_without_grafanas_variables() -> None:
    texts = [site.text for site in read() if site.text]

    assert texts
    for text in texts:
        parse(text)
        assert "$" not in text


def test_the_order_is_the_same_each_time() -> None:
    stack = Stack(shop())

    names = [(one.role, one.name, one.text) for one in sites(stack, PACE)]
    assert names == [(one.role, one.name, one.text) for one in sites(stack, PACE)]
    assert names == [(one.role, one.name, one.text) for one in sites(Stack(shop()), PACE)]


def test_a_site_knows_the_line_that_made_it_and_the_line_of_the_stack_file() -> None:
    for site in read():
        assert site.place.file.endswith(".py")
        assert site.place.line > 0
        assert site.declared is not None
        assert site.declared.file == __file__.replace("test_sites", "built_stack")


def test_queries_of_panels_stand_where_the_panel_is_written() -> None:
    files = {site.place.file.rpartition("/")[2] for site in read("panel")}

    assert files.isdisjoint({"scope.py", "target.py", "panel.py"})
    assert {"health.py", "signals.py", "dependencies.py", "objectives.py"} <= files


def test_recording_rules_stand_on_lines_of_their_own() -> None:
    lines = {site.place for site in read("recording")}

    assert len(lines) > 5


def test_variables_ask_for_the_values_of_their_label() -> None:
    names = shop().names
    (route,) = (site for site in read("variable") if site.name == "variable route")

    assert route.text.startswith(f"group by (endpoint) ({names.metric(HTTP_REQUESTS)}{{")


def test_a_rate_over_grafanas_interval_is_one_over_four_scrapes() -> None:
    slow = Profile.production()
    texts = [site.text for site in sites(Stack(shop()), slow) if site.role == "panel"]

    assert any("[1m]" in text for text in texts)


def test_all_buckets_that_a_test_feeds_are_one_site() -> None:
    fed = Counter(site.name for site in read("test") if site.text.startswith(f"{HTTP_REQUEST_DURATION.name}_bucket"))

    assert fed
    assert set(fed.values()) == {1}


def test_every_query_of_a_runbook_is_a_site() -> None:
    one = built()
    queries = [query for alert in one.alerts for query in alert.runbook.queries.values()]

    assert [site.text for site in sites_of(one) if site.role == "runbook"] == queries


def test_the_sites_of_one_panel_share_its_suppressions() -> None:
    one = built()
    panel = panel_of(one, "requests-by-status")
    panel.suppressed = {"raw-counter": "for a test"}

    own = [site for site in sites_of(one) if site.subject in panel.targets]
    assert len(own) == 4
    assert all(site.suppressed is panel.suppressed for site in own)


def test_each_service_has_its_sites_under_its_own_names() -> None:
    till = shop(team=team("payments"), names=type(shop().names)())
    services = {site.service for site in sites_of(built(shop(), type(till)("till", team=team("payments"))))}

    assert services == {"shop", "till", ""}


def test_the_labels_of_a_fed_bucket_hold_its_bound() -> None:
    texts = [site.text for site in read("test") if isinstance(site.metric, Histogram) and "_bucket" in site.text]

    assert texts
    assert all(f"{LE.name}=" in text for text in texts)
