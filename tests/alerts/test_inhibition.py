"""Which inhibitions a stack has: only those that can silence something."""

from tests.alerts.written import Declare
from watchbill import max_error_ratio
from watchbill.catalogue import DEPENDENCY, SERVICE
from watchbill.catalogue.watching import SEVERITY
from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_alerts.inhibition import Inhibition, inhibitions
from watchbill_alerts.matchers import exactly
from watchbill_alerts.rule_files import alerts_of

URGENT = exactly(SEVERITY, "critical")


def of(stack: Stack) -> tuple[Inhibition, ...]:
    return inhibitions(stack, alerts_of(stack, Profile.production()))


def test_critical_silences_warning_where_one_alert_has_both(declared: Declare) -> None:
    both = [max_error_ratio(0.01), max_error_ratio(0.05, severity="critical")]

    assert (URGENT,) in [rule.source for rule in of(declared(thresholds=both))]


def test_without_an_alert_of_two_severities_none_silences_the_other(declared: Declare) -> None:
    assert (URGENT,) not in [rule.source for rule in of(declared())]


def test_a_service_without_symptoms_has_nothing_to_silence(declared: Declare) -> None:
    rules = of(declared(objectives=[], thresholds=[]))

    assert [rule for rule in rules if SERVICE in rule.equal or any(SERVICE.name in one for one in rule.target)] == []


def test_a_process_that_is_down_silences_no_alert_that_wakes_someone(declared: Declare) -> None:
    urgent = [max_error_ratio(0.05, severity="critical")]

    assert [rule for rule in of(declared(objectives=[], thresholds=urgent)) if rule.equal == (SERVICE,)] == []


def test_each_dependency_silences_its_own_dependants(declared: Declare) -> None:
    sources = [rule.source for rule in of(declared())]

    for name in ("cache", "orders"):
        assert [source for source in sources if exactly(DEPENDENCY, name) in source]
