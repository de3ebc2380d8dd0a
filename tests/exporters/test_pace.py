"""When a slow collector is asked again."""

from math import inf

from watchbill_exporters.pace import is_due


def test_what_was_never_asked_is_due() -> None:
    assert is_due(inf, 3600)


def test_a_scrape_of_the_same_interval_may_come_a_little_early() -> None:
    assert is_due(60.0, 60)
    assert is_due(58.9, 60)
    assert not is_due(45.0, 60)
