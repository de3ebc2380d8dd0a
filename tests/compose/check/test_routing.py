"""The walk through Alertmanager's routes."""

from watchbill_stack.check.carried import Carried
from watchbill_stack.check.routing import Route

TREE = Route.of(
    {
        "receiver": "catch-all",
        "routes": [
            {"receiver": "null", "matchers": ['severity=~"info|none"']},
            {"receiver": "log", "matchers": ['audit="yes"'], "continue": True},
            {"matchers": ['team="shop"'], "receiver": "shop", "routes": [{"matchers": ['severity="critical"']}]},
            {"matchers": ['team="till"'], "receiver": "till"},
            {"matchers": ['team="shop"'], "receiver": "never"},
        ],
    }
)


def receivers(alert: Carried) -> list[str]:
    return [route.title for route in TREE.reached(alert)]


def test_the_first_route_that_matches_takes_an_alert() -> None:
    assert receivers(Carried({"team": "shop"})) == ["route to catch-all", 'route to shop (team="shop")']


def test_a_child_without_a_receiver_has_that_of_its_parent() -> None:
    assert receivers(Carried({"team": "shop", "severity": "critical"}))[-1] == 'route to shop (severity="critical")'


def test_a_route_that_goes_on_lets_later_ones_look_too() -> None:
    assert receivers(Carried({"team": "till", "audit": "yes"})) == [
        "route to catch-all",
        'route to log (audit="yes")',
        'route to till (team="till")',
    ]


def test_an_alert_that_no_route_matches_is_claimed_by_none() -> None:
    assert not TREE.claims(Carried({"team": "nobody"}))
    assert receivers(Carried({"team": "nobody"})) == ["route to catch-all"]


def test_a_label_that_only_the_evaluation_tells_may_match_any_route() -> None:
    alert = Carried({}, possible=frozenset({"team"}))

    assert TREE.claims(alert)
    assert receivers(alert) == [
        "route to catch-all",
        'route to shop (team="shop")',
        'route to till (team="till")',
        'route to never (team="shop")',
    ]
