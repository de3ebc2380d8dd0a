"""Metrics of a catalogue as families of series."""

from tests.instrumentation.flow.invented import BUILD, HALL, LOAD, OUTCOME, PARCELS, SORTING, STARTED
from watchbill.catalogue import DEPENDENCY, ENV, INSTANCE, JOB, LE, METRICS, SERVICE, Recorded, Unit
from watchbill.catalogue.objectives import SLO, error_ratio
from watchbill.catalogue.pool import CONNECTIONS_RECYCLED, RECYCLE_REASON
from watchbill.catalogue.watching import ALERTS
from watchbill.flow.declared import families_of
from watchbill.flow.family import Kind
from watchbill.flow.inference import infer
from watchbill.flow.values import Values
from watchbill.flow.vocabulary import Vocabulary
from watchbill.guard import OTHER
from watchbill.names import Names


def test_a_counter_carries_its_own_labels_for_sure_and_those_of_its_target() -> None:
    (family,) = families_of([PARCELS])

    assert (family.name, family.kind, family.low, family.high) == (PARCELS.name, Kind.COUNTER, 0, None)
    assert family.certain == {JOB.name, INSTANCE.name, *(label.name for label in PARCELS.labels)}
    assert set(family.labels) - family.certain == {SERVICE.name, ENV.name, DEPENDENCY.name}
    assert family.labels[OUTCOME.name] == Values.only((*OUTCOME.values, OTHER), occur=True)
    assert (family.metric, family.place) == (PARCELS, PARCELS.place)


def test_a_closed_label_of_a_teams_own_may_be_what_it_did_not_know_and_nothing_else() -> None:
    vocabulary = Vocabulary.of(families_of([PARCELS]))

    folded = infer(f'rate({PARCELS.name}{{{OUTCOME.name}="{OTHER}"}}[5m])', vocabulary)
    other = infer(f'rate({PARCELS.name}{{{OUTCOME.name}="eaten"}}[5m])', vocabulary)

    assert folded.faults == ()
    assert [fault.rule.id for fault in other.faults] == ["impossible-value"]


def test_a_closed_label_of_the_catalogue_takes_its_values_alone() -> None:
    (family,) = families_of([CONNECTIONS_RECYCLED])

    assert OTHER not in family.labels[RECYCLE_REASON.name].known


def test_a_histogram_is_three_families() -> None:
    bucket, total, count = families_of([SORTING])

    assert [family.name for family in (bucket, total, count)] == list(SORTING.series)
    assert (bucket.kind, bucket.unit, bucket.bounds) == (Kind.BUCKET, Unit.SECONDS, SORTING.buckets)
    assert bucket.labels[LE.name].known == {"0.1", "0.5", "1.0", "5.0", "+Inf"}
    assert LE.name in bucket.certain
    assert (total.kind, total.unit) == (Kind.COUNTER, Unit.SECONDS)
    assert (count.kind, count.unit) == (Kind.COUNTER, Unit.COUNT)
    assert LE.name not in count.labels


def test_a_unit_limits_a_gauge() -> None:
    load, build, started = families_of([LOAD, BUILD, STARTED])

    assert (load.low, load.high) == (0, 1)
    assert (build.low, build.high) == (0, 1)
    assert (started.low, started.high) == (0, None)


def test_a_names_profile_spells_series_and_labels() -> None:
    names = Names({HALL.name: "place"}, {SORTING.name: "sorting_duration_seconds"})

    families = list(families_of([SORTING], names))

    assert [family.name for family in families] == [
        "sorting_duration_seconds_bucket",
        "sorting_duration_seconds_sum",
        "sorting_duration_seconds_count",
    ]
    assert all("place" in family.certain and HALL.name not in family.labels for family in families)


def test_a_recorded_metric_carries_what_it_declares() -> None:
    (family,) = families_of([error_ratio("5m")])

    assert set(family.labels) == {SERVICE.name, SLO.name}
    assert family.certain == {SLO.name}
    assert (family.kind, family.is_recorded, family.low, family.high) == (Kind.GAUGE, True, None, 1)


def test_of_a_recorded_number_the_kind_is_not_known() -> None:
    (family,) = families_of([Recorded(name="hall:parcels:sum", help="Parcels.", labels=(HALL,))])

    assert family.kind is Kind.UNKNOWN


def test_alerts_may_carry_any_label() -> None:
    (family,) = families_of([ALERTS])

    assert family.is_open
    assert family.certain == frozenset()


def test_every_series_of_the_catalogue_has_a_family() -> None:
    families = {family.name for family in families_of(METRICS.values())}

    assert families == {series for metric in METRICS.values() for series in metric.series}
