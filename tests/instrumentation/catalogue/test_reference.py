"""The reference page of the catalogue."""

from pathlib import Path

import pytest

from watchbill.catalogue import METRICS, SUBJECTS, Counter, Histogram, Label, Subject, Unit
from watchbill.catalogue.reference import COMMAND, render_reference

PAGE = Path(__file__).parents[3] / "instrumentation" / "METRICS.md"


@pytest.mark.golden
def test_the_committed_page_is_the_rendered_one() -> None:
    assert PAGE.read_text() == render_reference(SUBJECTS), f"renew it: {COMMAND}"


def test_the_page_says_that_it_is_generated_and_how() -> None:
    first = render_reference(SUBJECTS).splitlines()[0]

    assert first.startswith("<!-- Generated")
    assert COMMAND in first


def test_every_metric_and_label_stands_on_the_page() -> None:
    page = render_reference(SUBJECTS)

    for metric in METRICS.values():
        assert f"| `{metric.name}` |" in page
        assert all(f"- `{label.name}`: {label.help}" in page for label in metric.labels)


def test_a_metric_is_one_row_with_kind_unit_labels_and_meaning() -> None:
    tier = Label(name="tier", help="The tier.", values=("gold", "silver"))
    tenant = Label(name="tenant", help="The tenant.", bound=50)
    orders = Counter(name="orders_total", help="Orders, paid | unpaid.", labels=(tier, tenant))

    page = render_reference([Subject("What a shop says", (orders,))])

    assert "## What a shop says\n" in page
    assert "\n| `orders_total` | counter | count | `tier`, `tenant` | Orders, paid \\| unpaid. |\n" in page
    assert "\n- `tier`: The tier. One of `gold`, `silver`.\n" in page
    assert "\n- `tenant`: The tenant. At most 50 values.\n" in page


def test_a_histogram_names_its_buckets_in_plain_numbers() -> None:
    size = Histogram(name="size_bytes", help="Size.", unit=Unit.BYTES, buckets=(0.5, 1000.0, 10_000_000.0))

    assert "| `size_bytes` | histogram | bytes |  | Size. Buckets: 0.5, 1000, 10000000. |" in render_reference(
        [Subject("Sizes", (size,))]
    )
