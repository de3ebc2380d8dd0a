"""Where a notification goes."""

from typing import Any

import pytest

from watchbill_stack.difference.routing import receivers_of

ROOT: dict[str, Any] = {
    "receiver": "all",
    "routes": [
        {"receiver": "null", "matchers": ['severity=~"info|none"']},
        {"receiver": "log", "matchers": ["team!=ghosts"], "continue": True},
        {
            "receiver": "ticket",
            "matchers": ['team="shop"'],
            "routes": [{"receiver": "page", "matchers": ['severity="critical"']}, {"matchers": ['slo!~"a.*"']}],
        },
        {"receiver": "broken", "matchers": ['team=~"("', "no matcher"]},
    ],
}


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"severity": "info", "team": "shop"}, ("null",)),
        ({"severity": "critical", "team": "shop"}, ("log", "page")),
        ({"severity": "warning", "team": "shop"}, ("log", "ticket")),
        ({"severity": "warning", "team": "ghosts"}, ("all",)),
    ],
)
def test_an_alert_reaches_the_receivers_that_alertmanager_would_choose(
    labels: dict[str, str], expected: tuple[str, ...]
) -> None:
    assert receivers_of(ROOT, labels) == expected
