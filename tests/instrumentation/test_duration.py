"""Prometheus durations."""

import promql_parser
import pytest

from watchbill import duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5m", 300),
        ("1h30m", 5_400),
        ("500ms", 0.5),
        ("1m500ms", 60.5),
        ("30d", 2_592_000),
        ("1y2w3d4h5m6s7ms", 33_019_506.007),
    ],
)
def test_a_duration_is_read_as_prometheus_reads_it(text: str, seconds: float) -> None:
    assert duration.seconds(text) == pytest.approx(seconds)
    assert promql_parser.parse_duration(text).total_seconds() == pytest.approx(seconds)


def test_a_rule_may_wait_for_no_time_at_all() -> None:
    assert duration.seconds("0s") == 0


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5 m", "1.5h", "-5m", "5M", "5min", "30m1h", "5m5m", "1ms1s", "\u0665m", "5m\n"]
)
def test_what_prometheus_refuses_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is no Prometheus duration such as 30s, 5m or 1h30m"):
        duration.seconds(text)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (0, "0s"),
        (0.25, "250ms"),
        (1, "1s"),
        (90, "90s"),
        (300, "5m"),
        (5_400, "90m"),
        (7_200, "2h"),
        (86_400, "1d"),
        (2_592_000, "30d"),
        (1.0004, "1s"),
    ],
)
def test_a_length_is_written_in_the_largest_unit_that_fits(length: float, text: str) -> None:
    assert duration.text(length) == text


@pytest.mark.parametrize("length", [0, 0.001, 0.5, 15, 61, 3_600, 100_000, 604_800])
def test_a_written_length_reads_back(length: float) -> None:
    assert duration.seconds(duration.text(length)) == pytest.approx(length)
