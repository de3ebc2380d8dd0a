"""Registries that others wrote, read into metrics."""

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watchbill.catalogue import Counter, Gauge, Histogram, Unit
from watchbill.catalogue.buckets import HTTP_SECONDS
from watchbill.documents.registry_reading import ASSUMED_BOUND, ASSUMED_BUCKETS, Registry, WrongRegistry, read

ATTRIBUTES = """\
groups:
  - id: registry.ferry
    type: attribute_group
    brief: Attributes of ferries.
    attributes:
      - id: ferry.direction
        type:
          members:
            - {id: out, value: outbound, stability: stable}
            - {id: back, value: inbound, stability: stable}
            - id: lost
              value: lost
              stability: development
              deprecated: {reason: obsoleted}
        stability: stable
        brief: Where it goes.
      - id: ferry.harbour
        type: string
        stability: stable
        brief: The harbour.
        examples: [north]
      - {id: ferry.full, type: boolean, stability: stable, brief: Whether it is full.}
      - {id: ferry.deck, type: int, stability: stable, brief: The deck., annotations: {watchbill: {bound: 4}}}
      - {id: ferry.cargo, type: "template[string]", stability: stable, brief: Cargo., examples: [a]}
  - id: attributes.ferry.common
    type: attribute_group
    brief: Common.
    attributes:
      - ref: ferry.direction
        requirement_level: required
  - id: attributes.ferry.full
    type: attribute_group
    brief: Everything.
    extends: attributes.ferry.common
    attributes:
      - ref: ferry.harbour
      - ref: ferry.full
"""
METRICS = """\
groups:
  - id: metric.ferry.crossings
    type: metric
    metric_name: ferry.crossings
    brief: Crossings.
    instrument: counter
    unit: "{crossing}"
    stability: stable
    extends: attributes.ferry.full
  - id: metric.ferry.crossing.duration
    type: metric
    metric_name: ferry.crossing.duration
    brief: >
      Time of
      a crossing.
    instrument: histogram
    unit: s
    stability: stable
    attributes:
      - ref: ferry.deck
      - ref: ferry.cargo
  - id: metric.ferry.draught
    type: metric
    metric_name: ferry.draught
    brief: Draught.
    instrument: updowncounter
    unit: m
    stability: stable
  - id: metric.ferry.trips
    type: metric
    metric_name: ferry.trips
    brief: Trips.
    instrument: counter
    unit: "{trip}"
    stability: development
    deprecated: {reason: renamed, renamed_to: ferry.crossings}
  - id: span.ferry
    type: span
    span_kind: internal
    brief: A crossing.
    stability: stable
    attributes: []
"""
SECOND_FORMAT = """\
file_format: definition/2
attributes:
  - {key: ferry.pier, type: string, brief: The pier., stability: stable}
attribute_groups:
  - id: ferry.place
    visibility: internal
    attributes:
      - ref: ferry.pier
metrics:
  - name: ferry.queue
    brief: Cars that wait.
    instrument: gauge
    unit: "{car}"
    stability: stable
    attributes:
      - ref_group: ferry.place
"""


def _read(folder: Path, **files: str) -> Registry:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(dedent(text))
    return read(folder)


def _problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(WrongRegistry) as caught:
        _read(folder, wrong=text)
    return [f"{problem.place.line}: {problem.cause}" for problem in caught.value.problems]


def test_metrics_are_named_and_measured_the_prometheus_way(tmp_path: Path) -> None:
    crossings, duration, draught = _read(tmp_path, a=METRICS, b=ATTRIBUTES).metrics

    assert isinstance(crossings, Counter)
    assert (crossings.name, crossings.unit) == ("ferry_crossings_total", Unit.COUNT)
    assert isinstance(duration, Histogram)
    assert (duration.name, duration.unit) == ("ferry_crossing_duration_seconds", Unit.SECONDS)
    assert (duration.help, duration.buckets) == ("Time of a crossing.", HTTP_SECONDS)
    assert isinstance(draught, Gauge)
    assert (draught.name, draught.unit) == ("ferry_draught_meters", Unit.COUNT)


def test_attributes_become_labels_through_refs_groups_and_inheritance(tmp_path: Path) -> None:
    crossings, duration, _ = _read(tmp_path, a=METRICS, b=ATTRIBUTES).metrics
    direction, harbour, full = crossings.labels

    assert (direction.name, direction.values, direction.is_closed) == (
        "ferry_direction",
        ("outbound", "inbound", "lost"),
        True,
    )
    assert (harbour.name, harbour.values, harbour.limit) == ("ferry_harbour", (), ASSUMED_BOUND)
    assert (full.name, full.values) == ("ferry_full", ("true", "false"))
    (deck,) = duration.labels
    assert (deck.name, deck.limit) == ("ferry_deck", 4)


def test_metrics_know_the_line_that_declares_them(tmp_path: Path) -> None:
    crossings = _read(tmp_path, a=METRICS, b=ATTRIBUTES).metrics[0]

    assert crossings.place.file == str(tmp_path / "a.yaml")
    assert crossings.place.line == 2


def test_what_could_not_be_kept_or_had_to_be_assumed_is_said_with_its_line(tmp_path: Path) -> None:
    remarks = _read(tmp_path, a=METRICS, b=ATTRIBUTES).remarks

    assert [(problem.place.line, problem.cause) for problem in remarks] == [
        (10, "histogram 'ferry.crossing.duration' names no bucket bounds"),
        (22, "metric 'ferry.draught': the unit 'm' is no base unit of ours"),
        (29, "metric 'ferry.trips' is deprecated: renamed to 'ferry.crossings'"),
        (37, "span 'span.ferry': no metric"),
        (17, "attribute 'ferry.harbour' says not how many values it takes"),
        (24, "attribute 'ferry.cargo' of type template[string] fits into no label"),
    ]


def test_a_histogram_not_in_seconds_gets_the_default_bounds(tmp_path: Path) -> None:
    text = """\
        groups:
          - {id: metric.a, type: metric, metric_name: a, brief: A., instrument: histogram, unit: By, stability: stable}
        """

    (metric,) = _read(tmp_path, one=text).metrics

    assert isinstance(metric, Histogram)
    assert metric.buckets == ASSUMED_BUCKETS


def test_the_second_format_is_read_too(tmp_path: Path) -> None:
    (metric,) = _read(tmp_path, one=SECOND_FORMAT).metrics

    assert metric.name == "ferry_queue"
    assert [label.name for label in metric.labels] == ["ferry_pier"]


def test_a_manifest_in_the_folder_is_no_part_of_the_registry(tmp_path: Path) -> None:
    found = _read(tmp_path, a=METRICS, b=ATTRIBUTES, registry_manifest="name: ferry\n")

    assert len(found.metrics) == 3


def test_all_mistakes_of_all_files_are_named_at_once_by_line(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("groups: [\n")
    text = """\
        groups:
          - {id: metric.a, type: metric, metric_name: a, instrument: meter, unit: s, stability: stable}
          - {id: metric.b, type: metric, metric_name: b, brief: B., stability: stable}
          - {id: metric.c, type: metric, metric_name: c, brief: C., instrument: gauge, unit: s, extends: nobody}
          - id: metric.d
            type: metric
            metric_name: d
            brief: D.
            instrument: gauge
            unit: "{d}"
            attributes:
              - ref: no.such
              - {id: service, type: string, brief: S.}
          - {id: metric.a, type: attribute_group, brief: A.}
        """

    problems = _problems(tmp_path, text)

    assert any("it is no YAML" in problem for problem in problems)
    for expected in (
        "2: metric 'a': 'meter' is no instrument",
        "3: a metric without instrument, unit",
        "4: there is no group 'nobody'",
        "12: there is no attribute 'no.such'",
        "13: label 'service': 'service' belongs to the target, not to code; choose another name",
    ):
        assert expected in problems
    assert any(problem.startswith("14: the group 'metric.a' stands at") for problem in problems)


def test_two_metrics_that_become_one_are_a_mistake(tmp_path: Path) -> None:
    text = """\
        groups:
          - {id: metric.a, type: metric, metric_name: a.b, brief: A., instrument: gauge, unit: s}
          - {id: metric.b, type: metric, metric_name: a_b, brief: B., instrument: gauge, unit: s}
        """

    (problem,) = _problems(tmp_path, text)

    assert problem.startswith("3: a_b_seconds exposes 'a_b_seconds', as does the metric at")


def test_groups_that_extend_each_other_end_in_an_error(tmp_path: Path) -> None:
    text = """\
        groups:
          - {id: one, type: attribute_group, brief: A., extends: other}
          - {id: other, type: attribute_group, brief: B., extends: one}
          - {id: metric.a, type: metric, metric_name: a, brief: A., instrument: gauge, unit: s, extends: one}
        """

    assert any("extends itself" in problem for problem in _problems(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['true']\n",
        "a: &a [*a]\n",
        "a: &a [1, 2]\nb: &b [*a, *a]\nc: &c [*b, *b]\ngroups: *c\n",
        "[" * 5_000,
        "groups: 7\n",
        "groups: [7, [], null]\n",
        "- a\n",
        "\x00",
        "groups:\n  - &g {id: a, type: metric, attributes: [*g]}\n",
    ],
)
def test_hostile_yaml_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    file = tmp_path / "hostile.yaml"
    file.write_text(text)

    with pytest.raises(WrongRegistry) as caught:
        read(file)

    assert caught.value.problems
    assert all(problem.place.file == str(file) for problem in caught.value.problems)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongRegistry, match="No such file"):
        read(tmp_path / "absent.yaml")


_KEYS = "id type metric groups metrics attributes ref unit s instrument gauge members extends metric_name"
_SIGNS = ("-", ":", "[", "]", "{", "}", "\n", "\n  ", "\n    - ", "&a", "*a", "!!int", "'", ",")
_WORDS = st.sampled_from([*_KEYS.split(" "), *_SIGNS])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.lists(_WORDS, max_size=40))
def test_whatever_stands_in_a_file_it_is_read_or_refused(tmp_path: Path, words: list[str]) -> None:
    file = tmp_path / "any.yaml"
    file.write_text("groups:\n  - " + " ".join(words))

    try:
        assert isinstance(read(file), Registry)
    except WrongRegistry as error:
        assert error.problems  # noqa: PT017  # either outcome is right
