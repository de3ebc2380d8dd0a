"""Generated rule tests: they pass on what they were generated for, and fail on anything else."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.alerts.written import Declare, run_rule_tests, written
from watchbill import Names, availability, latency, max_latency
from watchbill.catalogue.http import HTTP_REQUESTS, ROUTE
from watchbill.profile import Profile
from watchbill_alerts.rule_files import alerts_of
from watchbill_alerts.rule_tests import coverage, uncovered


@pytest.mark.parametrize("profile", [Profile.production(), Profile.development()], ids=lambda profile: profile.name)
def test_every_alert_fires_stays_silent_when_healthy_and_when_nothing_ever_existed(
    declared: Declare, tmp_path: Path, profile: Profile
) -> None:
    done = run_rule_tests(written(declared(), tmp_path, profile))

    assert done.returncode == 0, done.stdout + done.stderr
    alerts = alerts_of(declared(), profile)
    assert uncovered(alerts) == ()
    assert coverage(alerts) == 1


def test_a_renamed_label_and_metric_keep_the_tests_passing(declared: Declare, tmp_path: Path) -> None:
    names = Names({ROUTE.name: "handler"}, {HTTP_REQUESTS.name: "renamed_by_the_profile_total"})

    done = run_rule_tests(written(declared(names=names), tmp_path))

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("percent", ["93.1", "99.999"])
def test_objectives_and_limits_at_the_edges_are_testable(declared: Declare, tmp_path: Path, percent: str) -> None:
    stack = declared(objectives=[availability(percent), latency(10.0, percent)], thresholds=[max_latency(0.005)])

    done = run_rule_tests(written(stack, tmp_path))

    assert done.returncode == 0, done.stdout + done.stderr


FAILING: dict[str, Any] = {"objectives": [availability(99.9)], "thresholds": [], "uses": []}
SLOW: dict[str, Any] = {"objectives": [latency(0.3, 95)], "thresholds": [], "uses": []}
LIMITS: dict[str, Any] = {"objectives": [], "uses": []}


@pytest.mark.parametrize(
    ("declaration", "found", "instead", "alert"),
    [
        (FAILING, r"> 0\.0144\b", "> 0.0444", "ErrorBudgetBurnFast"),
        (FAILING, r"> 0\.0144\b", "> 0.0084", "ErrorBudgetBurnFast"),
        (SLOW, r"> 0\.05\b", "> 0.09", "ErrorBudgetBurnTrickle"),
        (FAILING, r"remaining:ratio\{([^}]*)\} <= 0", r"remaining:ratio{\1} <= -5", "ErrorBudgetExhausted"),
        (FAILING, r"(>=\n +)5$", r"\g<1>500000000000000", "ErrorBudgetBurnFast"),
        (LIMITS, r'status=~"5\.\."', 'status=~"4.."', "HighErrorRatio"),
        (LIMITS, r"^( *)0\.01$", r"\g<1>0.001", "HighErrorRatio"),
        (LIMITS, r"^( *)2$", r"\g<1>20", "HighLatency"),
        (SLOW, r'le="0\.3"', 'le="0.25"', "ErrorBudgetBurn"),
        (LIMITS, r"< 0\.5\b", "< 0.1", "TargetDown"),
        (SLOW, r"for: 10m", "for: 30m", "ObjectiveNotMeasured"),
        (LIMITS, r"severity: critical", "severity: warning", "TargetDown"),
    ],
)
def test_a_broken_rule_fails_its_generated_test(
    declared: Declare, tmp_path: Path, declaration: dict[str, Any], found: str, instead: str, alert: str
) -> None:
    folder = written(declared(**declaration), tmp_path)
    rules = folder / "rules" / "shop.yaml"
    broken = re.sub(found, instead, rules.read_text(), flags=re.MULTILINE)
    assert broken != rules.read_text()
    rules.write_text(broken)

    done = run_rule_tests(folder)

    assert done.returncode != 0
    assert alert in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("found", "instead", "alert"),
    [
        ('redis_up{dependency="cache",job="redis"} == 0', 'redis_up{dependency="cache",job="redis"} > 0', "RedisDown"),
        ('unless on () (up{job="exporter"} == 0)', 'unless on () (up{job="nobody"} == 0)', "PostgresDown"),
        ("vector(1)", "vector(1) > 2", "Watchdog"),
        ('absent(up{job="exporter"})', 'absent(up{job="nobody"})', "ExporterDown"),
    ],
)
def test_a_broken_rule_of_the_stack_fails_its_generated_test(
    declared: Declare, tmp_path: Path, found: str, instead: str, alert: str
) -> None:
    folder = written(declared(objectives=[], thresholds=[]), tmp_path)
    rules = folder / "rules" / "stack.yaml"
    assert found in rules.read_text()
    rules.write_text(rules.read_text().replace(found, instead))

    done = run_rule_tests(folder)

    assert done.returncode != 0
    assert alert in done.stdout + done.stderr
