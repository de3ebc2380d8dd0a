"""Thresholds: a limit, how long it may be exceeded, and how bad that is."""

from decimal import Decimal

import pytest

from watchbill import max_error_ratio, max_latency
from watchbill.threshold import Threshold


def test_limits_are_exact() -> None:
    assert max_error_ratio(0.01).limit == Decimal("0.01")
    assert max_latency("2.0", percentile=99.9).percentile == Decimal("99.9")


def test_by_default_a_limit_is_exceeded_for_five_minutes_and_warns() -> None:
    threshold = max_latency(2.0)

    assert (threshold.pending, threshold.severity, threshold.percentile) == ("5m", "warning", Decimal(95))


@pytest.mark.parametrize(
    "threshold",
    [max_error_ratio(0.01), max_error_ratio("0.999", for_="0s"), max_latency(0.5, for_="1h30m", severity="critical")],
)
def test_a_sound_threshold_has_no_problem(threshold: Threshold) -> None:
    assert list(threshold.problems()) == []


@pytest.mark.parametrize(
    ("threshold", "cause", "remedy"),
    [
        (max_error_ratio(0), "a limit of 0 is always exceeded", "give a limit above 0"),
        (max_latency(-2), "a limit of -2 is always exceeded", "give a limit above 0"),
        (max_latency("2s"), "a limit of '2s' is no number", "give a number, such as 0.01"),
        (max_latency(float("nan")), "a limit of Decimal('NaN') is no number", "give a number, such as 0.01"),
        (max_error_ratio(1), "an error ratio never exceeds 1", "give a ratio below 1: one percent is 0.01"),
        (max_error_ratio(5), "an error ratio never exceeds 5", "give a ratio below 1: one percent is 0.01"),
        (max_latency(2, percentile=100), "there is no percentile 100", "give one between 0 and 100, such as 95"),
        (max_latency(2, percentile="p95"), "there is no percentile 'p95'", "give one between 0 and 100, such as 95"),
        (
            max_latency(2, for_="five minutes"),
            "'five minutes' is no Prometheus duration",
            'give for_="5m", "1h30m" or the like, or "0s"',
        ),
        (
            max_latency(2, severity="urgent"),  # type: ignore[arg-type]  # nobody type-checks a stack file
            "'urgent' is no severity",
            "use critical, warning or info",
        ),
        (
            Threshold(Decimal(1)),
            "a Threshold alone does not say what is limited",
            "use max_error_ratio(…) or max_latency(…)",
        ),
    ],
)
def test_each_mistake_is_named_with_its_remedy(threshold: Threshold, cause: str, remedy: str) -> None:
    (problem,) = threshold.problems()

    assert (problem.cause, problem.remedy) == (cause, remedy)


def test_all_mistakes_of_one_threshold_are_found_at_once() -> None:
    assert len(list(max_latency(0, percentile=0, for_="soon").problems())) == 3
