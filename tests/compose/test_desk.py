"""The page's server keeps what arrives, serves runbooks and dashboards, and reads Prometheus for the browser."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from watchbill_stack.desk.application import application

_WEBHOOK = {
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "TargetDown", "severity": "critical", "service": "shop"},
            "annotations": {"summary": "shop is down", "runbook_url": "http://127.0.0.1/runbooks/shop/TargetDown"},
            "startsAt": "2026-01-01T00:00:00Z",
        },
        {"status": "resolved", "labels": {"alertname": "Other"}, "annotations": {}},
    ],
}
_SLACK = {"channel": "#shop", "attachments": [{"title": "shop burns", "text": "too fast", "color": "danger"}]}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    runbooks = tmp_path / "alerts/rendered/runbooks/shop"
    runbooks.mkdir(parents=True)
    (runbooks / "TargetDown.md").write_text(
        "# TargetDown\n\n<script>alert(1)</script>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    (tmp_path / "secret.md").write_text("secret")
    dashboards = tmp_path / "dashboards/rendered"
    dashboards.mkdir(parents=True)
    (dashboards / "shop.json").write_text(json.dumps({"uid": "shop-overview", "title": "shop", "panels": []}))
    app = application(
        rendered=tmp_path,
        prometheus="http://127.0.0.1:9",
        inbox=tmp_path / "inbox.jsonl",
        scrape_interval=1,
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def test_each_alert_of_a_webhook_is_kept_newest_first(client: httpx.AsyncClient, tmp_path: Path) -> None:
    assert (await client.post("/inbox/storefront-page", json=_WEBHOOK)).status_code == 200

    kept = (await client.get("/api/notifications")).json()
    assert [(one["alertname"], one["status"], one["receiver"]) for one in kept] == [
        ("Other", "resolved", "storefront-page"),
        ("TargetDown", "firing", "storefront-page"),
    ]
    assert kept[1]["summary"] == "shop is down"
    assert len((tmp_path / "inbox.jsonl").read_text().splitlines()) == 2


async def test_a_page_that_starts_again_still_has_what_arrived(client: httpx.AsyncClient, tmp_path: Path) -> None:
    await client.post("/inbox/storefront-page", json=_WEBHOOK)
    file = tmp_path / "inbox.jsonl"
    with file.open("a") as cut_off:
        cut_off.write('{"id": 3, "rec')
    again = application(rendered=tmp_path, prometheus="http://127.0.0.1:9", inbox=file, scrape_interval=1)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(again), base_url="http://127.0.0.1") as second:
        kept = (await second.get("/api/notifications")).json()

    assert [(one["id"], one["alertname"]) for one in kept] == [(2, "Other"), (1, "TargetDown")]


async def test_a_slack_message_is_kept_with_its_text(client: httpx.AsyncClient) -> None:
    await client.post("/inbox/storefront-ticket", json=_SLACK)

    (kept,) = (await client.get("/api/notifications")).json()
    assert (kept["summary"], kept["description"], kept["status"]) == ("shop burns", "too fast", "firing")


@pytest.mark.parametrize("body", ["[]", "not json", '{"hello": 1}', "3", "[" * 100_000, b"\xff"])
async def test_what_is_no_delivery_is_refused(client: httpx.AsyncClient, body: str | bytes) -> None:
    answer = await client.post("/inbox/anyone", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 400
    assert (await client.get("/api/notifications")).json() == []


async def test_a_runbook_is_a_page_and_its_html_is_text(client: httpx.AsyncClient) -> None:
    answer = await client.get("/runbooks/shop/TargetDown")

    assert "<h1>TargetDown</h1>" in answer.text
    assert "<table>" in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/runbooks/shop/None",
        "/runbooks/..%2f..%2f..%2f/secret",
        "/runbooks/%2e%2e/secret",
        "/runbooks/shop/%00",
        f"/runbooks/shop/{'a' * 300}",
    ],
)
async def test_no_file_outside_the_runbooks_is_served(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 404
    assert "secret" not in answer.text


async def test_dashboards_are_listed_and_served(client: httpx.AsyncClient) -> None:
    listing = (await client.get("/api/dashboards")).json()

    assert [(one["uid"], one["title"]) for one in listing] == [("shop-overview", "shop")]
    assert (await client.get("/api/dashboards/shop-overview")).json()["panels"] == []
    assert (await client.get("/api/dashboards/none")).status_code == 404
    assert "<html" in (await client.get("/d/shop-overview?viewPanel=1")).text


async def test_a_dead_prometheus_is_said_in_prometheus_own_shape(client: httpx.AsyncClient) -> None:
    answer = await client.get("/prometheus/api/v1/query", params={"query": "up"})

    assert answer.status_code == 502
    assert answer.json()["status"] == "error"


async def test_prometheus_is_read_only_through_the_page(client: httpx.AsyncClient) -> None:
    for path in (
        "admin/tsdb/delete_series",
        "../../-/quit",
        "status/config",
        "query%2f..%2f..%2f..%2f-%2fquit",
        "label%2f..%2fstatus%2fconfig",
        "query/%00",
    ):
        assert (await client.post(f"/prometheus/api/v1/{path}")).status_code == 404, path


async def test_a_rebound_host_name_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/notifications", headers={"host": "evil.example.com"})

    assert answer.status_code == 400


async def test_a_delivery_that_the_page_of_another_site_could_send_is_refused(client: httpx.AsyncClient) -> None:
    """Without asking first, a browser sends a form's content types to any site, and no other."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = await client.post("/inbox/x", content=json.dumps(_WEBHOOK), headers={"content-type": kind})
        assert answer.status_code == 415, kind

    assert (await client.get("/api/notifications")).json() == []


async def test_a_delivery_without_an_end_is_refused(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1024 * 1024

    for path in ("/inbox/x", "/prometheus/api/v1/query"):
        answer = await client.post(path, content=endless(), headers={"content-type": "application/json"})
        assert answer.status_code == 413


async def test_half_a_character_does_not_hide_the_other_notifications(client: httpx.AsyncClient) -> None:
    content = r'{"alerts": [{"status": "firing", "labels": {"alertname": "A\ud800"}}]}'

    await client.post("/inbox/x", content=content, headers={"content-type": "application/json"})

    (kept,) = (await client.get("/api/notifications")).json()
    assert kept["alertname"] == "A?"
