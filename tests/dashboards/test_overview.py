"""The overview dashboard of a service."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from watchbill import Names, Postgres, Redis, Service, availability, latency, max_latency, promql
from watchbill.catalogue import INSTANCE
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, ROUTE, STATUS
from watchbill.catalogue.objectives import BUDGET_REMAINING
from watchbill.catalogue.postgres_server.probe import PG_UP
from watchbill.catalogue.redis_server.probe import REDIS_UP
from watchbill.catalogue.watching import ALERTS
from watchbill.links import overview_uid, panel_id
from watchbill_dashboards.classic import classic
from watchbill_dashboards.overview import overview

Shop = Callable[..., Service]
Json = dict[str, Any]
README = Path(__file__).parents[2] / "dashboards" / "README.md"


def panels(service: Service) -> list[Json]:
    return [panel for panel in classic(overview(service))["panels"] if panel["type"] != "row"]


def panel(service: Service, key: str) -> Json:
    return next(panel for panel in panels(service) if panel["id"] == panel_id(key))


def expressions(service: Service) -> list[str]:
    dashboard = classic(overview(service))
    marks = [mark["target"]["expr"] for mark in dashboard["annotations"]["list"] if "target" in mark]
    return [target["expr"] for one in panels(service) for target in one["targets"]] + marks


def levels(drawn: Json) -> list[float]:
    return [step["value"] for step in drawn["fieldConfig"]["defaults"]["thresholds"]["steps"][1:]]


def test_every_panel_has_a_title_a_description_a_unit_and_a_sized_place(shop: Shop) -> None:
    for one in panels(shop()):
        assert one["title"]
        assert len(one["description"].split()) > 5
        assert one["fieldConfig"]["defaults"]["unit"]
        assert one["gridPos"]["w"] * one["gridPos"]["h"] > 0


@pytest.mark.parametrize("key", ["requests-now", "requests-by-route", "requests-by-status", "errors-by-route"])
def test_a_rate_of_requests_reads_requests_per_second(shop: Shop, key: str) -> None:
    assert panel(shop(), key)["fieldConfig"]["defaults"]["unit"] == "reqps"


def test_panel_ids_are_unique_and_follow_from_keys_alone(shop: Shop) -> None:
    few = overview(shop(uses=[], objectives=[]))
    all_of_them = overview(shop())
    ids = [one["id"] for one in classic(all_of_them)["panels"]]
    assert len(ids) == len(set(ids))
    assert few.keys.items() <= all_of_them.keys.items()


def test_keys_resolve_to_the_panels_that_links_open(shop: Shop) -> None:
    keys = overview(shop()).keys
    assert {"targets", "errors", "latency", "budget", "cache-up", "orders-connections", "open-files"} <= set(keys)
    assert all(number == panel_id(key) for key, number in keys.items())


def test_the_uid_is_the_one_that_alerts_link_to(shop: Shop) -> None:
    assert classic(overview(shop()))["uid"] == overview_uid("shop")


def test_panels_do_not_overlap_and_fit_the_grid(shop: Shop) -> None:
    for service in (shop(), shop(uses=[]), shop(objectives=[]), shop(uses=[], objectives=[], thresholds=[])):
        taken: set[tuple[int, int]] = set()
        for one in classic(overview(service))["panels"]:
            place = one["gridPos"]
            assert place["x"] + place["w"] <= 24
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert taken.isdisjoint(cells)
            taken |= cells


def test_the_first_screen_tells_health_and_where(shop: Shop) -> None:
    """A screen of 1080 lines shows about 26 units of 30 pixels under Grafana's bars."""
    dashboard = overview(shop())
    first = {
        key
        for key, number in dashboard.keys.items()
        for one in classic(dashboard)["panels"]
        if one["id"] == number and one["gridPos"]["y"] + one["gridPos"]["h"] <= 13
    }
    numbers = {"targets", "success", "latency-now", "budget-worst", "alerts", "requests-now"}
    assert first == numbers | {"routes", "dependencies", "objectives"}


def test_every_expression_is_promql_over_known_metrics(shop: Shop) -> None:
    for text in expressions(shop()):
        promql.parse(text)


@pytest.mark.parametrize(
    ("old", "names"),
    [
        (ROUTE.name, Names({ROUTE.name: "endpoint"})),
        (STATUS.name, Names({STATUS.name: "code"})),
        (HTTP_REQUESTS.name, Names(metrics={HTTP_REQUESTS.name: "hits_total"})),
    ],
)
def test_a_names_profile_renames_every_use(shop: Shop, old: str, names: Names) -> None:
    assert any(re.search(rf"\b{old}\b", text) for text in expressions(shop()))
    dashboard = classic(overview(shop(names)))
    asked = [*expressions(shop(names)), *(one["query"] for one in dashboard["templating"]["list"])]
    asked += [target["legendFormat"] for one in panels(shop(names)) for target in one["targets"]]
    for text in asked:
        assert not re.search(rf"(?<!\$)\b{old}\b", text), text


def test_the_route_variable_keeps_its_name_under_a_names_profile(shop: Shop) -> None:
    service = shop(Names({ROUTE.name: "endpoint"}))
    assert f'endpoint=~"${ROUTE.name}"' in panel(service, "errors")["targets"][0]["expr"]
    variable = classic(overview(service))["templating"]["list"][-1]
    assert variable["name"] == ROUTE.name
    assert variable["query"].endswith(", endpoint)")


def test_a_table_follows_a_names_profile(shop: Shop) -> None:
    organize = panel(shop(Names({ROUTE.name: "endpoint"})), "routes")["transformations"][1]["options"]
    assert organize["renameByName"]["endpoint"] == "Route"
    assert organize["indexByName"]["endpoint"] == 0


def test_objectives_and_thresholds_are_drawn_in(shop: Shop) -> None:
    service = shop()
    assert levels(panel(service, "errors")) == [0.001, 0.01]
    assert levels(panel(service, "latency")) == [0.5, 2]
    assert levels(panel(service, "success")) == [0.99, 0.999]
    assert levels(panel(service, "targets")) == [2]


def test_the_latency_shown_first_is_the_percentile_that_is_limited(shop: Shop) -> None:
    service = shop(objectives=[latency(0.1, 99)], thresholds=[max_latency(1, percentile=95)])
    shown = panel(service, "latency-now")
    assert shown["title"] == "p99 latency (limit 0.1 s)"
    assert shown["targets"][0]["expr"].startswith("histogram_quantile(0.99,")
    assert levels(shown) == [0.1]


def test_a_service_without_limits_has_no_colours_that_judge(shop: Shop) -> None:
    service = shop(objectives=[], thresholds=[])
    for key in ("success", "latency-now", "errors", "latency"):
        assert levels(panel(service, key)) == []


def test_a_service_without_objectives_has_no_budget(shop: Shop) -> None:
    service = shop(objectives=[])
    assert not any(BUDGET_REMAINING.name in text for text in expressions(service))
    assert "Objectives" not in {one["title"] for one in classic(overview(service))["panels"]}


def test_each_dependency_has_its_line_of_panels(shop: Shop) -> None:
    service = shop(uses=[Redis("sessions"), Redis("queue"), Postgres("orders")])
    lines = {one["gridPos"]["y"] for one in panels(service) if re.match(r"(sessions|queue|orders): ", one["title"])}
    assert len(lines) == 3
    up = [target["expr"] for target in panel(service, "dependencies")["targets"]]
    wanted = ((REDIS_UP, "sessions"), (REDIS_UP, "queue"), (PG_UP, "orders"))
    assert up == [f'min({metric.name}{{dependency="{name}"}})' for metric, name in wanted]


def test_alerts_of_dependencies_count_as_the_services_own(shop: Shop) -> None:
    text = panel(shop(), "alerts")["targets"][0]["expr"]
    assert f'{ALERTS.name}{{alertstate="firing",service="shop"}}' in text
    assert 'dependency=~"cache|orders"' in text


def test_exemplars_are_asked_for_once_and_on_latency(shop: Shop) -> None:
    asked = [target["expr"] for one in panels(shop()) for target in one["targets"] if target["exemplar"]]
    assert len(asked) == 1
    assert HTTP_REQUEST_DURATION.name in asked[0]


def test_lines_by_route_and_instance_are_bounded(shop: Shop) -> None:
    for one in panels(shop()):
        for target in one["targets"]:
            if one["type"] == "timeseries" and re.search(rf"\bby \(({ROUTE.name}|{INSTANCE.name})\b", target["expr"]):
                assert target["expr"].startswith("topk(10, ")


def test_the_objectives_table_speaks_in_words(shop: Shop) -> None:
    service = shop(objectives=[availability(99.5)])
    mapping = panel(service, "objectives")["fieldConfig"]["defaults"]["mappings"][0]["options"]
    assert mapping["availability"]["text"] == "99.5 % of requests answered without a server error"


def emitted(service: Service) -> Iterator[str]:
    for one in panels(service):
        config = one["fieldConfig"]
        yield from (one["type"], config["defaults"]["unit"], config["defaults"]["color"]["mode"])
        yield from (transformation["id"] for transformation in one.get("transformations", []))
        yield from (mapping["type"] for mapping in config["defaults"].get("mappings", []))
        for override in config["overrides"]:
            yield override["matcher"]["id"]
            yield from (each["id"] for each in override["properties"])
        yield from (field for target in one["targets"] for field in target)
        yield from (step["color"] for step in config["defaults"]["thresholds"]["steps"])
    yield from (variable["type"] for variable in classic(overview(service))["templating"]["list"])


def test_the_page_is_told_of_everything_that_is_emitted(shop: Shop) -> None:
    told = set(re.findall(r"[\w.$-]+", README.read_text(encoding="utf-8")))
    assert set(emitted(shop())) - told == set()
