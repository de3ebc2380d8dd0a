"""The two paces of watching."""

from watchbill.profile import Profile


def test_in_development_a_fault_is_scraped_evaluated_and_sent_without_waiting() -> None:
    development = Profile.development()

    assert development.scrape_interval == development.evaluation_interval == 1
    assert development.group_wait == 0
    assert development.pending(300) == 0


def test_in_production_alerts_wait_as_long_as_they_say() -> None:
    assert Profile.production().pending(300) == 300


def test_in_production_a_rate_over_five_minutes_holds_many_scrapes() -> None:
    assert Profile.production().scrape_interval * 4 <= 300


def test_a_page_repeats_before_a_ticket() -> None:
    for profile in (Profile.production(), Profile.development()):
        assert profile.page_repeat < profile.ticket_repeat
        assert profile.watchdog_repeat < profile.page_repeat
