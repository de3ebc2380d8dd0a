"""Which alerts meet conditions, and whether two of them can agree."""

from watchbill_stack.check.carried import Carried
from watchbill_stack.check.matcher import Matcher
from watchbill_stack.check.population import Population, can_agree, one_sided

DOWN = Carried({"alertname": "Down", "service": "shop"})
SLOW = Carried({"alertname": "Slow", "service": "till"})
ANYWHERE = Carried({"alertname": "Slow"}, possible=frozenset({"service"}))


def test_conditions_find_the_alerts_that_can_meet_them_all() -> None:
    everyone = Population([DOWN, SLOW, ANYWHERE])

    assert everyone.meeting([Matcher.of('alertname=~"Slow|Down"'), Matcher.of('service="shop"')]) == [DOWN, ANYWHERE]
    assert everyone.meeting([Matcher.of('alertname=~"S.*"')]) == [SLOW, ANYWHERE]
    assert everyone.meeting([Matcher.of('service!="shop"')]) == [SLOW, ANYWHERE]


def test_alerts_agree_where_a_label_has_one_value_or_both_lack_it() -> None:
    assert can_agree([DOWN], [Carried({"service": "shop"})], ["service", "slo"])
    assert not can_agree([DOWN], [SLOW], ["service"])
    assert not can_agree([DOWN], [Carried({"alertname": "Watchdog"})], ["service"])


def test_a_label_that_only_the_evaluation_tells_may_agree_with_any() -> None:
    assert can_agree([DOWN], [ANYWHERE], ["service"])


def test_nothing_agrees_with_nobody() -> None:
    assert not can_agree([DOWN], [], [])
    assert not can_agree([], [ANYWHERE], ["service"])


def test_who_must_meet_the_other_side_too_is_not_one_sided() -> None:
    assert one_sided([DOWN, SLOW, ANYWHERE], [Matcher.of('service="shop"')]) == [SLOW, ANYWHERE]
    assert one_sided([DOWN, SLOW], [Matcher.of('service="shop"'), Matcher.of('alertname="Slow"')]) == [DOWN, SLOW]
