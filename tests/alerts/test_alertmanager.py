"""Alertmanager's configuration as amtool reads it, and notifications as a real Alertmanager sends them."""

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
import yaml

from tests.alerts.written import Declare, run, written
from tests.plugins.programs import free_port, program, stop, wait_until
from watchbill import Team
from watchbill.catalogue import INSTANCE, SERVICE
from watchbill.catalogue.watching import ALERT_NAME
from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_alerts.alert import Alert
from watchbill_alerts.receivers import Slack, Webhook
from watchbill_alerts.routes import route_expectations
from watchbill_alerts.rule_files import alerts_of
from watchbill_alerts.secret_files import secret_files

Body = dict[str, Any]
DEAD_MAN = Webhook("https://deadman.example.com/watchbill")


class Inbox:
    """A small HTTP server that keeps what is posted to it, by path."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, Body]] = []
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                inbox.arrived.append((self.path, json.loads(body)))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's names
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def at(self, path: str) -> list[Body]:
        """What arrived at a path, oldest first."""
        return [body for where, body in self.arrived if where == path]

    def names(self, path: str, status: str = "firing") -> set[str]:
        """The alerts of a status that a webhook was told of."""
        return {
            alert["labels"][ALERT_NAME.name]
            for body in self.at(path)
            for alert in body["alerts"]
            if alert["status"] == status
        }


class Alertmanager:
    """A running Alertmanager with a stack's configuration, delivering to an inbox."""

    def __init__(self, declared: Declare, folder: Path, inbox: Inbox) -> None:
        self.stack = moved(declared(watchdog=DEAD_MAN), inbox, folder)
        self.alerts = {(alert.name, alert.scope): alert for alert in alerts_of(self.stack, Profile.development())}
        for file, content in secret_files(self.stack).items():
            file.write_text(content)
        configuration = written(self.stack, folder, Profile.development()) / "alertmanager" / "alertmanager.yml"
        listens = f"127.0.0.1:{free_port()}"
        self.address = f"http://{listens}"
        command = [program("prometheus-alertmanager"), f"--config.file={configuration}"]
        command += [f"--storage.path={folder / 'data'}", "--cluster.listen-address="]
        self.log = folder / "alertmanager.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([*command, f"--web.listen-address={listens}"], stdout=log, stderr=log)
        wait_until(self._answers, "Alertmanager starts")

    def send(self, *names: tuple[str, str], over: bool = False) -> None:
        """Alerts as Prometheus would send them: firing for four minutes, or just over."""
        now = datetime.now(UTC)
        self.post(*(self._alert(self.alerts[name], now, over=over) for name in names))

    def post(self, *alerts: Body) -> None:
        """Alerts as they stand."""
        self._call("/api/v2/alerts", json.dumps(alerts).encode())

    def _alert(self, alert: Alert, now: datetime, *, over: bool) -> Body:
        texts = {
            name: text.replace("{{ $value | humanizePercentage }}", "2.5%") for name, text in alert.annotations.items()
        }
        return {
            "labels": {ALERT_NAME.name: alert.name, **{label.name: value for label, value in alert.labels.items()}},
            "annotations": texts,
            "startsAt": (now - timedelta(minutes=4)).isoformat(),
            "endsAt": (now - timedelta(seconds=1) if over else now + timedelta(minutes=5)).isoformat(),
            "generatorURL": "http://127.0.0.1:9090/graph",
        }

    def _call(self, path: str, body: bytes | None = None) -> None:
        headers = {"content-type": "application/json"}
        answer = httpx.request("GET" if body is None else "POST", self.address + path, content=body, headers=headers)
        assert answer.status_code == httpx.codes.OK, answer.text

    def _answers(self) -> bool:
        try:
            self._call("/-/ready")
        except httpx.HTTPError:
            return False
        return True


def moved(stack: Stack, inbox: Inbox, secrets: Path) -> Stack:
    """The stack with every receiver delivering to the inbox."""
    service = stack.services[0]
    page = service.team.page.delivered_to(f"{inbox.address}/page", secrets)
    ticket = service.team.ticket.delivered_to(f"{inbox.address}/ticket", secrets)
    team = Team(service.team.name, page=page, ticket=ticket)
    assert stack.watchdog is not None
    return Stack(
        replace(service, team=team),
        watchdog=stack.watchdog.delivered_to(f"{inbox.address}/watchdog", secrets),
        dashboards=stack.links.dashboards,
        runbooks=stack.links.runbooks,
    )


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    yield inbox
    inbox.server.shutdown()
    inbox.server.server_close()


@pytest.fixture
def alertmanager(declared: Declare, tmp_path: Path, inbox: Inbox) -> Iterator[Alertmanager]:
    running = Alertmanager(declared, tmp_path, inbox)
    yield running
    stop(running.process)


def configuration(folder: Path) -> Path:
    return folder / "alertmanager" / "alertmanager.yml"


@pytest.mark.parametrize("watchdog", [None, DEAD_MAN])
def test_amtool_accepts_it_and_every_alert_reaches_its_receiver(
    declared: Declare, tmp_path: Path, watchdog: Webhook | None
) -> None:
    stack = declared(watchdog=watchdog)
    file = configuration(written(stack, tmp_path))

    assert run("amtool", "check-config", file).returncode == 0
    expectations = route_expectations(stack, alerts_of(stack, Profile.production()))
    assert {one.receiver for one in expectations} == {
        "storefront-page", "storefront-ticket", "catch-all", "null" if watchdog is None else "watchdog"
    }  # fmt: skip
    for one in expectations:
        labels = [f"{name}={value}" for name, value in one.labels.items()]
        done = run(
            "amtool", "config", "routes", "test", f"--config.file={file}", f"--verify.receivers={one.receiver}", *labels
        )
        assert done.returncode == 0, (one, done.stdout, done.stderr)


def test_every_receiver_is_reached_by_a_route(declared: Declare, tmp_path: Path) -> None:
    content = yaml.safe_load(configuration(written(declared(watchdog=DEAD_MAN), tmp_path)).read_text())

    def ends(route: Mapping[str, Any]) -> set[str]:
        return {route["receiver"]}.union(*(ends(child) for child in route.get("routes", [])))

    assert ends(content["route"]) == {receiver["name"] for receiver in content["receivers"]}


def test_each_of_two_teams_hears_of_its_own_service(declared: Declare, tmp_path: Path) -> None:
    shop = declared().services[0]
    payments = Team("payments", page=Webhook("https://p.example.com"), ticket=Slack("#payments", url_file="/s/p"))
    till = replace(shop, name="till", team=payments, tier=2)
    stack = Stack(shop, till)
    file = configuration(written(stack, tmp_path))

    expectations = route_expectations(stack, alerts_of(stack, Profile.production()))
    assert {one.receiver for one in expectations if one.labels.get(SERVICE.name) == "till"} == {
        "payments-page",
        "payments-ticket",
    }
    for one in expectations:
        labels = [f"{name}={value}" for name, value in one.labels.items()]
        done = run(
            "amtool", "config", "routes", "test", f"--config.file={file}", f"--verify.receivers={one.receiver}", *labels
        )
        assert done.returncode == 0, (one, done.stdout)


def test_a_redis_that_is_down_silences_the_symptoms_of_its_dependants_alone(
    alertmanager: Alertmanager, inbox: Inbox
) -> None:
    alertmanager.send(("RedisDown", "cache"))
    wait_until(lambda: "RedisDown" in inbox.names("/page"), "the page for Redis")

    alertmanager.send(
        ("RedisDown", "cache"), ("ErrorBudgetBurnFast", "availability"), ("HighErrorRatio", ""), ("TargetDown", "")
    )
    wait_until(lambda: "TargetDown" in inbox.names("/page"), "the page for the process")
    time.sleep(1.5)  # longer than a group's interval

    assert inbox.names("/page") == {"RedisDown", "TargetDown"}
    assert inbox.at("/ticket") == []

    alertmanager.send(("RedisDown", "cache"), ("TargetDown", ""), over=True)
    wait_until(lambda: "ErrorBudgetBurnFast" in inbox.names("/page"), "the page that was held back")


def test_a_process_that_is_down_silences_what_can_wait_and_nothing_that_wakes_someone(
    alertmanager: Alertmanager, inbox: Inbox
) -> None:
    alertmanager.send(("TargetDown", ""))
    wait_until(lambda: "TargetDown" in inbox.names("/page"), "the page for the process")

    alertmanager.send(("TargetDown", ""), ("ErrorBudgetBurnFast", "availability"), ("HighErrorRatio", ""))
    wait_until(lambda: "ErrorBudgetBurnFast" in inbox.names("/page"), "the page for the other processes")
    time.sleep(1.5)  # longer than a group's interval

    assert inbox.at("/ticket") == []


def test_a_fast_burn_silences_the_slower_ones_of_its_objective_alone(alertmanager: Alertmanager, inbox: Inbox) -> None:
    alertmanager.send(("ErrorBudgetBurnFast", "availability"))
    wait_until(lambda: "ErrorBudgetBurnFast" in inbox.names("/page"), "the page for the fast burn")

    alertmanager.send(
        ("ErrorBudgetBurnFast", "availability"),
        ("ErrorBudgetBurnMedium", "availability"),
        ("ErrorBudgetBurnMedium", "latency-0-5s"),
    )
    wait_until(lambda: "ErrorBudgetBurnMedium" in inbox.names("/page"), "the page for the other objective")
    time.sleep(1.5)

    told = {
        alert["labels"]["slo"]
        for body in inbox.at("/page")
        for alert in body["alerts"]
        if alert["labels"][ALERT_NAME.name] == "ErrorBudgetBurnMedium"
    }
    assert told == {"latency-0-5s"}


def test_slack_says_what_broke_since_when_how_bad_what_first_and_where_to_look(
    alertmanager: Alertmanager, inbox: Inbox
) -> None:
    alertmanager.send(("ErrorBudgetBurnSlow", "availability"))
    wait_until(lambda: bool(inbox.at("/ticket")), "the message")
    (attachment,) = inbox.at("/ticket")[0]["attachments"]

    assert attachment["title"] == "WARNING shop (production): ErrorBudgetBurnSlow"
    assert attachment["title_link"].startswith("https://grafana.example.com/d/shop-overview?")
    assert attachment["color"] == "warning"
    lines = attachment["text"].splitlines()
    assert lines[0] == "*More requests to shop fail with a server error than the objective allows, for a day.*"
    assert lines[1].startswith("2.5% of requests to shop failed with a server error in the last 1 d")
    assert "Users of shop get errors." in lines[1]
    assert lines[2].startswith("*Since* ")
    assert "UTC" in lines[2]
    assert lines[3] == "*First* Find which routes fail, and with which status"
    assert "<https://runbooks.example.com/shop/ErrorBudgetBurnSlow|Runbook>" in lines[4]
    assert "<no value>" not in attachment["text"]

    alertmanager.send(("ErrorBudgetBurnSlow", "availability"), over=True)
    wait_until(lambda: len(inbox.at("/ticket")) > 1, "the message that it is over")
    (attachment,) = inbox.at("/ticket")[-1]["attachments"]
    assert attachment["title"] == "RESOLVED shop (production): ErrorBudgetBurnSlow"
    assert attachment["color"] == "good"
    assert attachment["text"].startswith("*Over:* More requests to shop fail")
    assert "It lasted 3m59s, from " in attachment["text"] or "It lasted 4m" in attachment["text"]


def test_what_slack_reads_as_a_command_reaches_it_as_text(alertmanager: Alertmanager, inbox: Inbox) -> None:
    alert = alertmanager.alerts["ErrorBudgetBurnSlow", "availability"]
    alertmanager.alerts["hostile", ""] = replace(
        alert, annotations={**alert.annotations, "summary": "<!here>", "description": "<!channel> R&D </a>"}
    )
    alertmanager.send(("hostile", ""))
    wait_until(lambda: bool(inbox.at("/ticket")), "the message")
    (attachment,) = inbox.at("/ticket")[0]["attachments"]

    assert "&lt;!channel&gt; R&amp;D &lt;/a&gt;" in attachment["text"]
    assert "<!" not in attachment["text"]


def test_an_alert_of_somebody_else_is_told_by_its_labels(alertmanager: Alertmanager, inbox: Inbox) -> None:
    alertmanager.post({"labels": {ALERT_NAME.name: "DiskFull", "host": "<db1>"}, "generatorURL": "http://127.0.0.1/g"})
    wait_until(lambda: bool(inbox.at("/ticket")), "the message at the catch-all")
    (attachment,) = inbox.at("/ticket")[0]["attachments"]

    assert attachment["title"] == "FIRING stack: DiskFull"
    first, since, links = attachment["text"].splitlines()
    assert first == f"*{ALERT_NAME.name}=DiskFull, host=&lt;db1&gt;*"
    assert since.startswith("*Since* ")
    assert links == "<http://127.0.0.1/g|Query>"


def test_many_alerts_make_one_message_that_says_how_many_it_leaves_out(
    alertmanager: Alertmanager, inbox: Inbox
) -> None:
    alert = alertmanager.alerts["ExporterCollectorFailing", "cache"]
    for number in range(7):
        alertmanager.alerts["ExporterCollectorFailing", str(number)] = replace(
            alert, own_labels={**alert.own_labels, INSTANCE: str(number)}, summary=f"Part {number}."
        )
    alertmanager.send(*(("ExporterCollectorFailing", str(number)) for number in range(7)))
    title = "WARNING cache: ExporterCollectorFailing (7)"
    wait_until(lambda: title in str(inbox.at("/ticket")), "the message of all seven")
    (attachment,) = inbox.at("/ticket")[-1]["attachments"]

    assert attachment["text"].count("*Since*") == 5
    assert "The first 5 of 7 that fire." in attachment["text"]


def test_the_watchdog_goes_to_its_own_receiver_again_and_again_and_to_nobody_else(
    declared: Declare, tmp_path: Path, alertmanager: Alertmanager, inbox: Inbox
) -> None:
    alertmanager.send(("Watchdog", ""))
    wait_until(lambda: "Watchdog" in inbox.names("/watchdog"), "the signal")

    assert {path for path, _ in inbox.arrived} == {"/watchdog"}
    content = yaml.safe_load(configuration(written(declared(watchdog=DEAD_MAN), tmp_path / "other")).read_text())
    (route,) = [one for one in content["route"]["routes"] if one["receiver"] == "watchdog"]
    assert route["repeat_interval"] == "1m"
