"""A stack that has no finding, what it is built to, and ways to spoil one object of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from watchbill import Names, Postgres, Redis, Service, Team, availability, latency, max_error_ratio, max_latency
from watchbill.catalogue.http import ROUTE
from watchbill.problem import Place
from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_alerts.alert import Alert
from watchbill_alerts.receivers import Slack, Webhook
from watchbill_alerts.recording import Recording
from watchbill_alerts.rule_group import RuleGroup
from watchbill_dashboards.panel import Panel
from watchbill_stack.check.built import Built
from watchbill_stack.check.checking import check_built
from watchbill_stack.check.finding import Finding

PACE = Profile.production()
Spoil = Callable[[Built], Built]
Rule = Alert | Recording


def team(name: str = "storefront") -> Team:
    """A team with a pager and a channel."""
    page = Webhook(f"https://pager.example.com/{name}", token_file="/run/secrets/pager")  # a path
    return Team(name, page=page, ticket=Slack(f"#{name}", url_file="/run/secrets/slack"))


def shop(**changes: Any) -> Service:
    """A service with everything that is checked."""
    declaration: dict[str, Any] = {
        "team": team(),
        "tier": 1,
        "targets": ["shop:8000"],
        "uses": [Redis("cache"), Postgres("orders")],
        "objectives": [availability(99.9), latency(0.5, 95), latency(0.3, 99, route="/api/search")],
        "thresholds": [max_error_ratio(0.01), max_latency(2.0)],
        "names": Names({ROUTE.name: "endpoint"}),
    }
    return Service("shop", **(declaration | changes))


def built(*services: Service) -> Built:
    """What a stack of some services, or of the shop, is built to; not shared with another test."""
    return replace(Built.of(Stack(*(services or (shop(),))), PACE))


def found(one: Built) -> list[Finding]:
    """All findings of what was built."""
    return list(check_built(one).findings)


def alert_of(one: Built, name: str, scope: str = "") -> Alert:
    """The alert of a name, and of a scope where there are several."""
    return next(alert for alert in one.alerts if alert.name == name and (not scope or alert.scope == scope))


def recording_of(one: Built, name: str) -> Recording:
    """The first rule that records a name."""
    rules = (rule for group in one.groups for rule in group.rules)
    return next(rule for rule in rules if isinstance(rule, Recording) and rule.metric.name == name)


def panel_of(one: Built, key: str, service: str = "shop") -> Panel:
    """The panel of a key; it can be changed in place, which only tests may do."""
    panels = one.dashboards[service].panels
    return next(panel for panel in panels if isinstance(panel, Panel) and panel.key == key)


def with_rules(one: Built, change: Callable[[Rule], tuple[Rule, ...]]) -> Built:
    """The same with each rule replaced by others."""

    def changed(group: RuleGroup) -> RuleGroup:
        return replace(group, rules=tuple(new for rule in group.rules for new in change(rule)))

    return replace(one, files={name: tuple(map(changed, groups)) for name, groups in one.files.items()})


def with_rule(one: Built, old: Rule, *new: Rule) -> Built:
    """The same with one rule replaced by others, or left out."""
    return with_rules(one, lambda rule: new if rule is old else (rule,))


def with_alert(one: Built, name: str, **changes: Any) -> Built:
    """The same with some fields of the first alert of a name changed."""
    old = alert_of(one, name)
    return with_rule(one, old, replace(old, **changes))


HERE = Place("stack.py", 1)
