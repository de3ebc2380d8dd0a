"""What recording rules write, so that checks chain."""

from pathlib import Path

from tests.instrumentation.flow.invented import HALL, INVENTED, SCRAPED
from watchbill.catalogue import SERVICE, Recorded, Unit
from watchbill.flow.family import Family, Kind
from watchbill.flow.inference import infer
from watchbill.flow.recorded import family_of
from watchbill.flow.values import Values
from watchbill.problem import Place

NAME = "hall:belts:sum"
HERE = Place(str(Path(__file__)), 1)


def _recorded(text: str, **labels: str) -> Family:
    return family_of(NAME, infer(text, SCRAPED), labels, place=HERE)


def test_a_recorded_series_carries_what_its_expression_gives_and_what_its_rule_adds() -> None:
    family = _recorded(
        "sum by (hall, service) (rate(parcels_total[5m]) * on (job) group_left (hall) belt_depth)", site="a"
    )

    assert set(family.labels) == {HALL.name, SERVICE.name, "site"}
    assert family.labels["site"] == Values.only({"a"})
    assert family.certain == {HALL.name, "site"}
    assert (family.name, family.place, family.is_recorded) == (NAME, HERE, True)


def test_an_empty_label_of_a_rule_takes_the_label_away() -> None:
    family = _recorded("sum by (hall) (belt_depth)", hall="")

    assert not family.labels
    assert not family.certain


def test_the_declared_unit_holds() -> None:
    metric = Recorded(name=NAME, help="Belts.", unit=Unit.SECONDS, labels=(HALL,))

    assert family_of(NAME, infer("sum by (hall) (belt_depth)", SCRAPED), {}, metric=metric).unit is Unit.SECONDS


def test_of_an_expression_that_cannot_be_read_nothing_is_known() -> None:
    family = family_of(NAME, infer("sum(", SCRAPED), {})

    assert (family.kind, family.is_open) == (Kind.UNKNOWN, True)


def test_limits_and_rates_go_on_through_recorded_names() -> None:
    family = INVENTED.get("hall:error_ratio:rate5m")

    assert family is not None
    assert (family.high, family.rated, family.unit) == (1, 1, Unit.RATIO)


def test_a_name_that_two_rules_record_is_either() -> None:
    one = _recorded('sum by (hall) (belt_depth{hall="a"})', slo="x")
    other = _recorded(
        "sum by (hall, job) (rate(parcels_total[5m]) * on (job) group_left (hall) belt_load_ratio)", slo="y"
    )

    both = one.merged_with(other)

    assert set(both.labels) == {HALL.name, "job", "slo"}
    assert both.labels["slo"] == Values.only({"x", "y"})
    assert both.certain == {HALL.name, "slo"}
    assert not both.labels["slo"].are_several
