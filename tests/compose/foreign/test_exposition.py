"""What a scrape shows of the metrics that exist."""

import pytest

from watchbill.catalogue.unit import Unit
from watchbill.flow.family import Family, Kind
from watchbill_stack.foreign.exposition import families_of_exposition
from watchbill_stack.foreign.source import Source, WrongSource

SCRAPE = """\
# HELP parcels_total Parcels.
# TYPE parcels_total counter
parcels_total{quay="7",kind="large"} 3 1700000000
parcels_total{quay="8"} 4 # {trace_id="x"} 1
# TYPE crane_wait_seconds histogram
crane_wait_seconds_bucket{le="0.5"} 1
crane_wait_seconds_bucket{le="+Inf"} 1
crane_wait_seconds_sum 0.2
crane_wait_seconds_count 1
# TYPE load_bytes summary
load_bytes{quantile="0.5"} NaN
load_bytes_sum 3
# TYPE lamps gauge
lamps{namespace="a",note="with \\"quotes\\", a } and a \\\\"} -Inf
# TYPE mistyped_total gauge
mistyped_total 1
# TYPE idle counter
anonymous{x=""} 1
{"dotted.name", "a.b"="c"} 1
"""


def families(text: str, **terms: object) -> dict[str, Family]:
    found = families_of_exposition(Source("scrape.txt", text), **terms)  # type: ignore[arg-type]  # terms vary
    return {family.name: family for family in found}


def test_a_family_has_the_kind_and_unit_of_its_type_and_name() -> None:
    found = families(SCRAPE)

    assert {name: (family.kind, family.unit) for name, family in found.items()} == {
        "parcels_total": (Kind.COUNTER, Unit.COUNT),
        "crane_wait_seconds_bucket": (Kind.BUCKET, Unit.COUNT),
        "crane_wait_seconds_sum": (Kind.COUNTER, Unit.SECONDS),
        "crane_wait_seconds_count": (Kind.COUNTER, Unit.COUNT),
        "load_bytes": (Kind.QUANTILE, Unit.BYTES),
        "load_bytes_sum": (Kind.COUNTER, Unit.BYTES),
        "lamps": (Kind.GAUGE, Unit.COUNT),
        "mistyped_total": (Kind.UNKNOWN, Unit.COUNT),
        "anonymous": (Kind.UNKNOWN, Unit.COUNT),
        "dotted.name": (Kind.UNKNOWN, Unit.COUNT),
        "idle": (Kind.COUNTER, Unit.COUNT),
        "idle_total": (Kind.COUNTER, Unit.COUNT),
    }
    assert str(found["parcels_total"].place) == "scrape.txt:2"


def test_labels_are_those_seen_and_those_that_targets_add() -> None:
    found = families(SCRAPE, target_labels=("pier",))
    parcels, lamps = found["parcels_total"], found["lamps"]

    assert parcels.certain == {"quay", "job", "instance"}
    assert {"quay", "kind", "job", "instance", "namespace", "pod", "cluster", "pier"} <= set(parcels.labels)
    assert not parcels.is_open
    assert parcels.labels["quay"].known == {"7", "8"}
    assert not parcels.labels["quay"].is_closed
    assert lamps.labels["note"].known == {'with "quotes", a } and a \\'}
    assert lamps.labels["exported_namespace"].known == {"a"}
    assert "a.b" in found["dotted.name"].labels


def test_a_label_with_an_empty_value_is_none() -> None:
    found = families('a{x="1",y=""} 1\n')["a"]

    assert {"x", "y"} <= set(found.labels)
    assert found.certain == {"x", "job", "instance"}


def test_bounds_are_closed_and_other_values_only_when_asked() -> None:
    buckets = families(SCRAPE)["crane_wait_seconds_bucket"]

    assert buckets.bounds == (0.5,)
    assert buckets.labels["le"].is_closed
    assert families(SCRAPE, are_values_all=True)["parcels_total"].labels["quay"].is_closed


def test_a_metric_without_samples_may_carry_any_label() -> None:
    assert families(SCRAPE)["idle_total"].is_open


def test_openmetrics_is_read_too() -> None:
    found = families(
        "# TYPE parcels counter\n# UNIT x y\nparcels_total 1\nparcels_created 2\n# TYPE a info\na_info 1\n# EOF\n"
    )

    assert {name: family.kind for name, family in found.items()} == {
        "parcels_total": Kind.COUNTER,
        "parcels_created": Kind.GAUGE,
        "a_info": Kind.GAUGE,
    }


def test_lines_that_are_no_samples_are_told_at_once() -> None:
    with pytest.raises(WrongSource) as caught:
        families("a 1\n<html>\nb two\n{} 1\nc{d=} \n")

    assert [problem.place.line for problem in caught.value.problems] == [2, 3, 4, 5]
    with pytest.raises(WrongSource) as caught:
        families("x\n" * 100)
    assert len(caught.value.problems) == 20
    with pytest.raises(WrongSource, match="holds no metric"):
        families("# only a comment\n")
