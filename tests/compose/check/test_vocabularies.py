"""The vocabulary of a service is what it exposes, in its own spelling."""

from dataclasses import replace
from typing import Any

import httpx
from fastapi import FastAPI

import watchbill
from tests.compose.check.built_stack import built, shop
from watchbill import Counter, Names, Service, availability, chart, latency
from watchbill.catalogue import LE, SERVICE
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, HTTP_TIME_TO_FIRST_BYTE, ROUTE
from watchbill.catalogue.objectives import error_ratio
from watchbill.stack import Stack
from watchbill_stack.check.checking import check_built
from watchbill_stack.check.vocabularies import vocabulary_of

ORDERS = Counter(name="shop_orders_total", help="Orders placed.")
RECORDED = error_ratio("5m").name


def _desk(**changes: Any) -> Service:
    return replace(shop(**changes), name="desk")


def _rules(*services: Service) -> list[tuple[str, str]]:
    return [(finding.site.name, finding.rule.id) for finding in check_built(built(*services)).findings]


def test_names_and_labels_are_the_exposed_ones() -> None:
    service = shop(names=Names({ROUTE.name: "endpoint"}, metrics={HTTP_REQUESTS.name: "web_requests_total"}))
    vocabulary = vocabulary_of(service, Stack(service))
    family = vocabulary.get("web_requests_total")

    assert vocabulary.get(HTTP_REQUESTS.name) is None
    assert family is not None
    assert "endpoint" in family.labels
    assert ROUTE.name not in family.labels


async def test_the_bounds_of_its_latency_are_those_it_exposes() -> None:
    service = shop(objectives=[latency(0.42, 95)], names=Names.classic())
    app = FastAPI()
    watchbill.Observability(service, logging=None).instrument(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as client:
        await client.get("/nowhere")
        exposed = (await client.get("/metrics")).text

    vocabulary = vocabulary_of(service, Stack(service))
    for metric in (HTTP_REQUEST_DURATION, HTTP_TIME_TO_FIRST_BYTE):
        family = vocabulary.get(f"{metric.name}_bucket")
        assert family is not None
        assert 0.42 in family.bounds
        assert {bound for bound in family.labels[LE.name].known if f'le="{bound}"' in exposed} == family.labels[
            LE.name
        ].known


def test_the_own_metrics_of_a_service_may_be_read_by_another() -> None:
    drawn = chart("Orders", f"sum(rate({ORDERS.name}[5m]))", help="Orders placed.")

    assert _rules(shop(metrics=[ORDERS]), _desk(charts=[drawn])) == []
    assert _rules(shop(), _desk(charts=[drawn])) == [("Orders", "unknown-metric")]


def test_the_catalogues_metrics_may_be_read_in_the_services_own_spelling_only() -> None:
    drawn = chart("Requests", "sum(rate(web_requests_total[5m]))", help="Requests.")
    names = Names(metrics={HTTP_REQUESTS.name: "web_requests_total"})

    assert _rules(shop(names=names), _desk(charts=[drawn])) == [("Requests", "unknown-metric")]


def test_recorded_names_are_known_where_a_rule_records_them() -> None:
    service, quiet = shop(objectives=[availability(99.9)]), _desk(objectives=[])
    one = built(service, quiet)
    vocabularies = check_built(one).vocabularies

    assert vocabulary_of(service, one.stack).get(RECORDED) is None
    family = vocabularies["shop"].get(RECORDED)
    assert family is not None
    assert SERVICE.name in family.certain


def test_what_another_service_records_may_be_read_but_not_as_ones_own() -> None:
    theirs, ours = (f'{RECORDED}{{{SERVICE.name}="{name}"}}' for name in ("shop", "desk"))
    drawn = [chart(name, text, help="Errors.") for name, text in (("Theirs", theirs), ("Ours", ours))]

    found = _rules(shop(objectives=[availability(99.9)]), _desk(objectives=[], charts=drawn))

    assert found == [("Ours", "impossible-value")]


def test_a_recorded_name_that_no_rule_records_is_found() -> None:
    drawn = chart("Errors", RECORDED, help="Errors.")

    assert _rules(shop(objectives=[], charts=[drawn])) == [("Errors", "unrecorded-name")]


def test_alike_services_share_what_they_have_in_common() -> None:
    one = built(shop(), _desk(), replace(shop(names=Names.classic()), name="other"))
    vocabularies = check_built(one).vocabularies

    assert vocabularies["shop"] is vocabularies["desk"]
    assert vocabularies["shop"] is not vocabularies["other"]
