"""How much time a probe has."""

import pytest

from watchbill_exporters.deadline import ANSWER_MARGIN, LONGEST_BUDGET, SHORTEST_BUDGET, budget


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("10", 10 - ANSWER_MARGIN),
        ("2.5", 2.5 - ANSWER_MARGIN),
        ("1", 0.5),
        ("0.4", 0.2),
        (None, 5.0),
        ("soon", 5.0),
        ("nan", 5.0),
        ("inf", 5.0),
        ("-3", 5.0),
        ("0", 5.0),
        ("1e-9", SHORTEST_BUDGET),
        ("1e9", LONGEST_BUDGET),
    ],
)
def test_a_probe_ends_before_the_scrape_does(header: str | None, seconds: float) -> None:
    assert budget(header, 5.0) == pytest.approx(seconds)
