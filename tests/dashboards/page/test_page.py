"""The page in a real browser, over a real Prometheus."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.dashboards.page.conftest import Site, Tab
from tests.dashboards.page.desk import NOTIFICATION
from tests.dashboards.page.traffic import HOSTILE_ROUTE, TRACE_ID
from watchbill.catalogue import JOB
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, ROUTE
from watchbill.catalogue.watching import UP
from watchbill.links import overview_uid

Json = dict[str, Any]
Tabs = Callable[..., Tab]

BY_ROUTE = f"sum by ({ROUTE.name}) (rate({HTTP_REQUESTS.name}[$__rate_interval]))"


def panel(number: int, kind: str, expression: str, **more: Any) -> Json:
    """A panel of one query, half the page wide."""
    target = {"refId": "A", "expr": expression, "legendFormat": f"{{{{{ROUTE.name}}}}}", **more.pop("target", {})}
    place = {"x": 12 * (number % 2), "y": 8 * number, "w": 12, "h": 8}
    return {"id": number, "type": kind, "title": f"Panel {number}", "gridPos": place, "targets": [target], **more}


def overview(site: Site) -> str:
    return f"{site.address}/d/{overview_uid(site.service.name)}?from=now-5m&to=now"


def test_every_panel_of_the_generated_dashboard_shows_data_and_nothing_is_asked_outside(site: Site, tab: Tabs) -> None:
    one = tab()
    one.open(overview(site))
    states = one.states()
    assert len(states) > 20
    assert {title: state for title, state in states.items() if state != "data"} == {}
    assert one.errors == []
    assert [address for address in one.requests if not address.startswith(site.address)] == []


def test_a_link_to_a_panel_opens_it_alone_under_grafanas_address(site: Site, tab: Tabs) -> None:
    one = tab()
    for written in ("2", "panel-2"):
        address = site.add(panel(1, "stat", UP.name), panel(2, "timeseries", BY_ROUTE))
        page = one.open(f"{address}&viewPanel={written}")
        assert one.states() == {"Panel 2": "data"}
    page.get_by_label("Back to the dashboard").click()
    expect(page.locator("[data-panel-id]")).to_have_count(2)
    assert "viewPanel" not in page.url


def test_a_link_to_a_panel_that_is_gone_says_so_and_shows_all(site: Site, tab: Tabs) -> None:
    one = tab()
    page = one.open(f"{site.add(panel(1, 'stat', UP.name))}&viewPanel=77")
    expect(page.get_by_text("no panel 77")).to_be_visible()
    expect(page.get_by_label("Back to the dashboard")).to_have_count(0)
    assert one.states() == {"Panel 1": "data"}


def test_label_values_are_shown_as_text_wherever_they_appear(site: Site, tab: Tabs) -> None:
    kinds = [
        panel(1, "timeseries", BY_ROUTE),
        panel(2, "stat", BY_ROUTE, options={"textMode": "value_and_name"}),
        panel(3, "table", BY_ROUTE, target={"format": "table", "instant": True}),
    ]
    one = tab()
    page = one.open(site.add(*kinds))
    for number in (1, 2, 3):
        assert HOSTILE_ROUTE in page.locator(f'[data-panel-id="{number}"]').inner_text()
    assert page.locator("img").count() == 0
    assert page.title() == "trial · Watchbill"


def test_a_failed_query_says_what_prometheus_said_and_an_empty_one_what_was_asked(site: Site, tab: Tabs) -> None:
    nowhere = f'{UP.name}{{{JOB.name}="nowhere"}}'
    one = tab()
    page = one.open(site.add(panel(1, "timeseries", f"rate({UP.name}"), panel(2, "timeseries", nowhere)))
    assert one.states() == {"Panel 1": "error", "Panel 2": "empty"}
    expect(page.locator('[data-panel-id="1"]')).to_contain_text("unclosed left parenthesis")
    expect(page.locator('[data-panel-id="2"]')).to_contain_text("No data")
    expect(page.locator('[data-panel-id="2"]')).to_contain_text(nowhere)


def test_a_panel_of_an_unknown_kind_is_named(site: Site, tab: Tabs) -> None:
    page = tab().open(site.add(panel(1, "geomap", UP.name)))
    expect(page.locator('[data-panel-id="1"]')).to_contain_text('panels of type "geomap"')


def test_choosing_a_route_changes_what_is_asked_and_the_address(site: Site, tab: Tabs) -> None:
    variable = {
        "name": "route",
        "label": "Route",
        "type": "query",
        "query": f"label_values({HTTP_REQUESTS.name}, {ROUTE.name})",
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
    }
    chosen = f'sum by ({ROUTE.name}) ({HTTP_REQUESTS.name}{{{ROUTE.name}=~"$route"}})'
    one = tab()
    page = one.open(site.add(panel(1, "timeseries", chosen), templating={"list": [variable]}))
    assert page.locator(".legend-entry").count() == 4
    page.get_by_role("button", name="Route: All").click()
    page.get_by_label("/items/{id}").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".legend-entry")).to_have_text(["/items/{id}"])
    assert "var-route=%2Fitems%2F%7Bid%7D" in page.url
    one.open(page.url)
    expect(page.locator(".legend-entry")).to_have_text(["/items/{id}"])


def test_a_chosen_time_range_stands_in_the_address_and_a_senseless_one_is_refused(site: Site, tab: Tabs) -> None:
    page = tab().open(site.add(panel(1, "stat", UP.name)))
    page.locator(".time-button").click()
    page.get_by_label("From", exact=True).fill("tomorrow")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("the earlier one first")).to_be_visible()
    page.get_by_role("button", name="Last 15 minutes").click()
    page.wait_for_url("**from=now-15m&to=now**")
    expect(page.locator(".time-button")).to_have_text("Last 15 minutes")


def test_firing_alerts_and_notifications_are_listed_with_links_that_are_safe(site: Site, tab: Tabs) -> None:
    page = tab().open(site.add(panel(1, "stat", UP.name)))
    expect(page.locator(".watch-button")).to_contain_text("firing")
    page.locator(".watch-button").click()
    drawer = page.locator("#watch")
    expect(drawer).to_contain_text("<b>Slow</b>")
    expect(drawer).to_contain_text(str(NOTIFICATION["summary"]))
    targets = {link.get_attribute("href") for link in drawer.get_by_role("link").all()}
    assert targets == {"/d/shop-overview", NOTIFICATION["dashboard_url"], NOTIFICATION["runbook_url"]}


def test_a_state_is_told_by_a_word_beside_its_colour(site: Site, tab: Tabs) -> None:
    steps = [{"color": "green", "value": None}, {"color": "red", "value": 1}]
    config = {"defaults": {"thresholds": {"mode": "absolute", "steps": steps}}}
    options = {"colorMode": "background"}
    one = site.add(
        panel(1, "stat", f"count({UP.name})", fieldConfig=config, options=options),
        panel(2, "stat", "vector(0)", fieldConfig=config, options=options),
    )
    page = tab().open(one)
    expect(page.locator('[data-panel-id="1"] .mark')).to_have_text("Critical")
    expect(page.locator('[data-panel-id="2"] .mark')).to_have_text("Good")


def test_a_table_merges_its_queries_and_sorts_by_a_click(site: Site, tab: Tabs) -> None:
    total = f"sum by ({ROUTE.name}) ({HTTP_REQUESTS.name})"
    table = panel(1, "table", total, target={"format": "table", "instant": True})
    table["targets"].append({"refId": "B", "expr": f"{total} * 0 + 5", "format": "table", "instant": True})
    table["transformations"] = [
        {"id": "merge", "options": {}},
        {
            "id": "organize",
            "options": {"excludeByName": {"Time": True}, "renameByName": {"Value #A": "Requests", "Value #B": "Five"}},
        },
    ]
    page = tab().open(site.add(table))
    assert page.locator("thead button").all_inner_texts() == [ROUTE.name, "Requests", "Five"]
    page.get_by_role("button", name="Requests").click()
    assert page.locator('th[aria-sort="descending"]').inner_text() == "Requests"
    assert page.locator("tbody tr").first.locator("td").all_inner_texts()[0] == "/search"


def test_an_exemplar_under_the_cursor_gives_its_trace(site: Site, tab: Tabs) -> None:
    quantile = f"histogram_quantile(0.95, sum by (le) (rate({HTTP_REQUEST_DURATION.name}_bucket[$__rate_interval])))"
    chart = panel(1, "timeseries", quantile, target={"exemplar": True}, fieldConfig={"defaults": {"unit": "s"}})
    page = tab().open(f"{site.add(chart)}&viewPanel=1")
    plot = page.locator(".u-over").bounding_box()
    assert plot is not None
    points = [
        (plot["x"] + plot["width"] - across, plot["y"] + down)
        for across in range(3, 90, 7)
        for down in range(5, round(plot["height"]), 9)
    ]
    found = page.locator(".tooltip-exemplar")
    for x, y in points:
        page.mouse.move(x, y)
        if found.count():
            break
    expect(found).to_contain_text(TRACE_ID)


def test_a_row_folds_and_asks_nothing_while_it_is_folded(site: Site, tab: Tabs) -> None:
    row = {"id": 9, "type": "row", "title": "More", "collapsed": True, "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}}
    one = tab()
    page = one.open(site.add({**row, "panels": [panel(1, "stat", f"count({UP.name})")]}))
    assert not [address for address in one.requests if "/query?" in address]
    page.get_by_role("button", name="More").click()
    page.wait_for_selector('[data-panel-id="1"][data-state="data"]')


def test_a_click_in_the_legend_shows_one_series_alone(site: Site, tab: Tabs) -> None:
    page = tab().open(site.add(panel(1, "timeseries", BY_ROUTE)))
    page.get_by_role("button", name="/search").click()
    assert page.locator('.legend-entry[aria-pressed="true"]').all_inner_texts() == ["/search"]
    page.get_by_role("button", name="/search").click()
    assert page.locator('.legend-entry[aria-pressed="false"]').count() == 0


def test_a_phone_shows_one_column_without_scrolling_sideways(site: Site, tab: Tabs) -> None:
    page = tab(390, 844).open(overview(site))
    widths = {round(box["width"]) for one in page.locator(".panel-timeseries").all() if (box := one.bounding_box())}
    assert widths == {366}
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_samples_walk_under_the_arrow_keys(site: Site, tab: Tabs) -> None:
    page = tab().open(site.add(panel(1, "timeseries", BY_ROUTE)))
    page.locator(".chart").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".tooltip-row", has_text="/search")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".tooltip")).to_be_hidden()


def test_home_lists_the_dashboards(site: Site, tab: Tabs) -> None:
    one = tab()
    page = one.open(site.address)
    page.get_by_role("link", name=f"{site.service.name}: overview").click()
    page.wait_for_url("**/d/shop-overview**")


def test_an_unknown_dashboard_says_so(site: Site, tab: Tabs) -> None:
    page = tab().page
    page.goto(f"{site.address}/d/nothing")
    expect(page.get_by_role("alert")).to_contain_text('"nothing" cannot be shown')
