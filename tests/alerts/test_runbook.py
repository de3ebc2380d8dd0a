"""Runbooks: a docstring or a text, filled in when it is read."""

import pytest

from watchbill import Names
from watchbill.catalogue import Gauge
from watchbill.catalogue.http import HTTP_REQUESTS, ROUTE
from watchbill.errors import InvalidDeclaration
from watchbill.expression import Raw, select, total
from watchbill_alerts.runbook import SECTIONS, Runbook

TEXT = """Something.

## Meaning
It is $what.

## Impact
Nobody is hurt.

## First checks
1. See how many $what there are:

   $many

## Mitigation
- Wait.
"""
BY_ROUTE = total(select(HTTP_REQUESTS).rate("5m"), ROUTE)
QUEUED = Gauge(name="shop_queued", help="Waiting.")


def test_a_fact_that_is_an_expression_is_a_query_under_the_names_profile() -> None:
    runbook = Runbook.of_text("runbook", TEXT, Names({ROUTE.name: "handler"}), what="traffic", many=BY_ROUTE)

    query = f"sum by (handler) (rate({HTTP_REQUESTS.name}[5m]))"
    assert runbook.queries == {"many": query}
    assert f"```promql\n   {query}\n   ```" in runbook.sections["First checks"]


def test_the_first_check_is_one_line_without_its_query() -> None:
    runbook = Runbook.of_text("runbook", TEXT, what="requests", many=BY_ROUTE)

    assert runbook.first_check == "See how many requests there are"


def test_a_query_is_laid_out_only_when_the_page_is_read() -> None:
    broken = Raw("sum(", reads=())
    runbook = Runbook.of_text("runbook", TEXT, what="requests", many=broken)

    assert runbook.first_check
    assert runbook.queries == {"many": "sum("}


def test_a_text_says_what_it_lacks_and_is_no_error() -> None:
    runbook = Runbook.of_text("runbook", "## Meaning\nIt is so.\n\n## First checks\nLook.\n")

    assert runbook.page.lacks == ("section 'Impact'", "section 'Mitigation'", "numbered list of first checks")
    assert runbook.first_check == ""


def test_a_whole_text_lacks_nothing() -> None:
    runbook = Runbook.of_text("runbook", TEXT, what="x", many=select(QUEUED))

    assert runbook.page.lacks == ()
    assert set(runbook.sections) == set(SECTIONS)


def test_every_missing_fact_is_named() -> None:
    with pytest.raises(InvalidDeclaration, match=r"the fact 'many'.*the fact 'what'"):
        Runbook.of_text("runbook", TEXT)


def test_a_lone_dollar_is_refused_with_its_remedy() -> None:
    with pytest.raises(InvalidDeclaration, match=r"write \$\$"):
        Runbook.of_text("runbook", TEXT.replace("Wait.", "Pay 5 $."), what="x", many=BY_ROUTE)
