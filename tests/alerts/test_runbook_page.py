"""Runbook pages: complete, filled in, and readable as Markdown."""

import re
from pathlib import PurePosixPath

from markdown_it import MarkdownIt

from tests.alerts.written import Declare
from watchbill.burn_rate import MINIMUM_BAD_EVENTS
from watchbill.profile import Profile
from watchbill.promql import parse
from watchbill_alerts.rendering import render
from watchbill_alerts.runbook import SECTIONS


def pages(declared: Declare) -> dict[PurePosixPath, str]:
    rendered = render(declared(), Profile.production())
    return {path: text for path, text in rendered.items() if path.parts[0] == "runbooks"}


def test_every_page_has_every_section_and_no_fact_unfilled(declared: Declare) -> None:
    for path, text in pages(declared).items():
        for section in SECTIONS:
            assert re.search(rf"^#+ {section}$", text, re.MULTILINE), path
        assert not re.search(r"\$\w", text), path


def test_every_query_of_a_page_can_be_pasted(declared: Declare) -> None:
    found = 0
    for text in pages(declared).values():
        for token in MarkdownIt("commonmark").parse(text):
            if token.type == "fence":
                parse(token.content)
                found += 1

    assert found > 40


def test_the_page_of_a_burn_rate_states_detection_minimum_and_budget(declared: Declare) -> None:
    text = pages(declared)[PurePosixPath("runbooks/shop/ErrorBudgetBurnFast.md")]

    # 14.4 × 0.1 % of an hour; 0.1 % of 30 days
    assert "that is noticed after 52 s, plus at most 1 min 30 s" in text
    assert f"With fewer than {MINIMUM_BAD_EVENTS} bad requests in 1 h it stays silent" in text
    assert "as much as 43 min 12 s of total outage" in text


def test_objectives_of_one_page_stand_apart_and_what_they_share_stands_once(declared: Declare) -> None:
    text = pages(declared)[PurePosixPath("runbooks/shop/ErrorBudgetBurnFast.md")]

    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[:3] == ["availability", "latency-0-5s", "latency-0-3s-api-search"]
    assert headings.count("Mitigation") == 1


def test_queries_are_written_in_the_names_of_the_service(declared: Declare) -> None:
    text = pages(declared)[PurePosixPath("runbooks/shop/HighErrorRatio.md")]

    assert "sum by (endpoint, status)" in text
