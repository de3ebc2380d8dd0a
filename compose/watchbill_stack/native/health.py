"""How the stack is doing, asked of the stack itself: Prometheus' API, the panels, the inbox."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from watchbill.profile import Profile
from watchbill_alerts.watchdog import WATCHDOG
from watchbill_dashboards.panel_check import Span, check_dashboards
from watchbill_stack.native.running import RunningStack
from watchbill_stack.native.site import PAGE, PROMETHEUS


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many of all are as they should be, and what the others are."""

    good: int = 0
    total: int = 0
    faults: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.good} of {self.total}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One look at a running stack; `firing` is None when Prometheus did not say."""

    processes: Tally = field(default_factory=Tally)
    targets: Tally = field(default_factory=Tally)
    rules: Tally = field(default_factory=Tally)
    panels: Tally = field(default_factory=Tally)
    firing: tuple[str, ...] | None = ()
    notifications: tuple[Mapping[str, str], ...] = ()

    @property
    def watchdog_heard(self) -> bool:
        """Whether the signal that never ends arrived in the inbox: the whole way to people works."""
        return any(notification["alertname"] == WATCHDOG for notification in self.notifications)

    def reasons(self) -> list[str]:
        """Why not all is well; empty when it is."""
        tallies = {"process": self.processes, "target": self.targets, "rule": self.rules, "panel": self.panels}
        found = [f"{subject}: {fault}" for subject, tally in tallies.items() for fault in tally.faults]
        found += [f"nothing to look at: no {subject}" for subject, tally in tallies.items() if tally.total == 0]
        if self.firing is None:
            found.append("alerts: Prometheus does not say what fires")
        found += [f"alert fires: {name}" for name in self.firing or ()]
        return found if self.watchdog_heard else [*found, f"inbox: {WATCHDOG} has not arrived"]

    def as_dict(self) -> dict[str, object]:
        """The summary for machines."""
        tallies = {"processes": self.processes, "targets": self.targets, "rules": self.rules, "panels": self.panels}
        return {
            "well": not self.reasons(),
            "reasons": self.reasons(),
            **{name: {"good": tally.good, "total": tally.total} for name, tally in tallies.items()},
            "alerts_firing": None if self.firing is None else list(self.firing),
            "notifications": len(self.notifications),
        }


def look(started: RunningStack, client: httpx.Client) -> Health:
    """Ask everything once; what does not answer counts as a fault, never as an exception."""
    prometheus = started.site.url(PROMETHEUS)
    return Health(
        processes=_tally((child.name, child.is_alive, "ended") for child in started.children.values()),
        targets=_targets(client, prometheus),
        rules=_rules(client, prometheus),
        panels=_panels(client, started),
        firing=_firing(client, prometheus),
        notifications=tuple(_json(client, started.site.url(PAGE) + "/api/notifications", [])),
    )


def _targets(client: httpx.Client, prometheus: str) -> Tally:
    data = _json(client, f"{prometheus}/api/v1/targets?state=active", {"data": {"activeTargets": []}})["data"]
    return _tally(
        (
            f"{one['labels']['job']}/{one['labels']['instance']}",
            one["health"] == "up",
            one["lastError"] or "not scraped yet",
        )
        for one in data["activeTargets"]
    )


def _rules(client: httpx.Client, prometheus: str) -> Tally:
    data = _json(client, f"{prometheus}/api/v1/rules", {"data": {"groups": []}})["data"]
    return _tally(
        (rule["name"], rule["health"] == "ok", rule.get("lastError") or "not evaluated yet")
        for group in data["groups"]
        for rule in group["rules"]
    )


def _firing(client: httpx.Client, prometheus: str) -> tuple[str, ...] | None:
    """Alerts that fire now, but for the one that always does."""
    answer = _json(client, f"{prometheus}/api/v1/alerts", None)
    if answer is None:
        return None
    names = {alert["labels"]["alertname"] for alert in answer["data"]["alerts"] if alert["state"] == "firing"}
    return tuple(sorted(names - {WATCHDOG}))


def _panels(client: httpx.Client, started: RunningStack) -> Tally:
    folder = started.site.rendered / "dashboards" / "rendered"
    dashboards = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))]
    span = Span(scrape_interval=Profile.development().scrape_interval)
    results = check_dashboards(dashboards, started.site.url(PROMETHEUS), client, span)
    return _tally((f"{one.dashboard} / {one.panel}", one.state == "data", one.reason) for one in results)


def _tally(rows: Iterable[tuple[str, bool, str]]) -> Tally:
    """Count (name, whether it is good, what is wrong otherwise)."""
    found = list(rows)
    faults = tuple(f"{name}: {fault}" for name, is_good, fault in found if not is_good)
    return Tally(good=len(found) - len(faults), total=len(found), faults=faults)


def _json(client: httpx.Client, url: str, otherwise: Any) -> Any:  # JSON is what it is
    try:
        return client.get(url).raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return otherwise
