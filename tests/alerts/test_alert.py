"""What an alert must be to be built at all."""

from dataclasses import replace

import pytest

from tests.alerts.written import Declare
from watchbill import Names, max_error_ratio, max_latency
from watchbill.catalogue.http import HTTP_REQUESTS, ROUTE
from watchbill.errors import InvalidDeclaration
from watchbill.expression import select, total
from watchbill.profile import Profile
from watchbill_alerts.annotation import asking, renamed, shown
from watchbill_alerts.policy import with_policy
from watchbill_alerts.rule_files import alerts_of
from watchbill_alerts.runbook import Runbook
from watchbill_alerts.target_down import target_down

FAST = Profile.development()


def test_a_label_shown_in_a_text_follows_the_names_profile(declared: Declare) -> None:
    stack = declared(names=Names({ROUTE.name: "handler"}))
    by_route = total(select(HTTP_REQUESTS).rate("5m"), ROUTE) > 0
    alert = replace(
        target_down(stack.services[0], FAST), expression=by_route, description=f"Route {shown(ROUTE)} is busy."
    )

    assert with_policy(alert, stack.links).annotations["description"] == "Route {{ $labels.handler }} is busy."


def test_the_first_step_follows_the_names_profile_too(declared: Declare) -> None:
    stack = declared(names=Names({ROUTE.name: "handler"}))
    by_route = total(select(HTTP_REQUESTS).rate("5m"), ROUTE) > 0
    page = f"## First checks\n1. Ask for {shown(ROUTE).replace('$', '$$')} yourself."
    runbook = Runbook.of_text("runbook", page, stack.services[0].names)
    alert = replace(target_down(stack.services[0], FAST), expression=by_route, runbook=runbook)

    assert with_policy(alert, stack.links).annotations["first_step"] == "Ask for {{ $labels.handler }} yourself."


@pytest.mark.parametrize("spelling", ["$labels.{}", ".Labels.{}", 'index $labels "{}"', 'index .Labels "{}"'])
def test_every_spelling_of_a_label_in_a_template_is_renamed(spelling: str) -> None:
    old, new = (f"{{{{ {spelling.format(name)} }}}}" for name in (ROUTE.name, "handler"))

    assert renamed(old, {ROUTE.name: "handler"}) == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("query \"sum(rate({}{{{}='x'}}[5m]))\" | first | value",) * 2,
        ('query `sum by ({1}) ({0}{{{1}="x"}})`',) * 2,
        ('printf "{}{{{}=\\"%s\\"}}" $labels.instance | query',) * 2,
        ('printf "%s \\q {} {}"', None),
    ],
)
def test_queries_in_a_template_are_asked_under_the_new_names(old: str, new: str | None) -> None:
    names = Names({ROUTE.name: "handler"}, {HTTP_REQUESTS.name: "web_requests_total"})
    template, asked = (
        f"{HTTP_REQUESTS.name} {{{{ {text.format(*words, *words)} }}}}"
        for text, words in ((old, (HTTP_REQUESTS.name, ROUTE.name)), (new or old, ("web_requests_total", "handler")))
    )

    assert asking(template, names, ()) == (asked if new else template)


def test_two_alerts_that_cannot_be_told_apart_are_refused(declared: Declare) -> None:
    with pytest.raises(InvalidDeclaration, match=r"HighErrorRatio .* stands twice"):
        alerts_of(declared(thresholds=[max_error_ratio(0.01), max_error_ratio(0.05)]), FAST)


def test_two_thresholds_of_different_severity_are_two_alerts(declared: Declare) -> None:
    stack = declared(thresholds=[max_error_ratio(0.01), max_error_ratio(0.05, severity="critical")])

    assert [alert.severity for alert in alerts_of(stack, FAST) if alert.name == "HighErrorRatio"] == [
        "warning",
        "critical",
    ]


@pytest.mark.parametrize(("seconds", "outcome"), [(10.0, "never"), (0.001, "always")])
def test_a_latency_limit_the_histogram_cannot_tell_is_refused(declared: Declare, seconds: float, outcome: str) -> None:
    with pytest.raises(InvalidDeclaration, match=f"would {outcome} be exceeded.*latency_bounds"):
        alerts_of(declared(thresholds=[max_latency(seconds)]), FAST)


def test_a_runbook_without_a_fact_or_a_section_is_refused() -> None:
    def lacks_fact() -> None:
        """Something.

        ## Meaning
        It is $what.
        """

    def lacks_section() -> None:
        """Something.

        ## Meaning
        It is so.
        """

    with pytest.raises(InvalidDeclaration, match="the fact 'what'"):
        Runbook.of(lacks_fact)
    with pytest.raises(InvalidDeclaration, match=r"no section 'Impact'.*no section 'Mitigation'"):
        Runbook.of(lacks_section)


def test_the_first_check_is_what_a_notification_says_to_do_first(declared: Declare) -> None:
    alert = with_policy(target_down(declared().services[0], FAST), declared().links)

    assert alert.annotations["first_step"].startswith("See which processes of shop are down")
    assert alert.annotations["first_step"] in alert.runbook.sections["First checks"]
