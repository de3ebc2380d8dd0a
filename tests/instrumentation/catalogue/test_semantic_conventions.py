"""What the catalogue takes from OpenTelemetry's conventions is there, of its kind and unit, and said once."""

import warnings
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.semconv.schemas import Schemas

from watchbill.catalogue import Counter, Gauge, Histogram, Label, Metric, Unit
from watchbill.catalogue.http import HTTP_REQUESTS
from watchbill.catalogue.semantic_conventions import (
    DEVELOPMENT_LABELS,
    DEVELOPMENT_METRICS,
    LABELS,
    METRICS,
    STABLE_LABELS,
    STABLE_METRICS,
    VERSION,
    exposed_metric,
    reference_table,
)

_KINDS: dict[str, type[Metric]] = {"Counter": Counter, "UpDownCounter": Gauge, "Histogram": Histogram}
_UNITS = {"s": Unit.SECONDS, "By": Unit.BYTES}


def _modules(package: str) -> Iterator[ModuleType]:
    parent = import_module(f"opentelemetry.semconv.{package}")
    for found in iter_modules(parent.__path__):
        yield import_module(f"{parent.__name__}.{found.name}")


def _constants(*modules: ModuleType) -> dict[str, tuple[ModuleType, str]]:
    """Where each convention's name is a constant, by the name."""
    return {
        value: (module, constant)
        for module in modules
        for constant, value in vars(module).items()
        if constant.isupper() and isinstance(value, str)
    }


def _instrument(convention: str) -> Any:
    """What the convention's own package makes of it."""
    module, constant = _constants(*_modules("_incubating.metrics"))[convention]
    with warnings.catch_warnings():
        # The conventions for AI have moved out of the package, and say so.
        warnings.simplefilter("ignore", DeprecationWarning)
        return getattr(module, f"create_{constant.lower()}")(MeterProvider().get_meter("test"))


@pytest.mark.parametrize(("metric", "convention"), METRICS.items(), ids=METRICS.values())
def test_a_metric_has_the_kind_and_the_unit_of_its_convention(metric: Metric, convention: str) -> None:
    instrument = _instrument(convention)
    kind = _KINDS[type(instrument).__name__.removeprefix("_")]

    assert isinstance(metric, kind)
    assert (metric.unit if metric.unit in _UNITS.values() else None) == _UNITS.get(instrument.unit)


@pytest.mark.parametrize(("metric", "convention"), METRICS.items(), ids=METRICS.values())
def test_a_metric_is_exposed_as_prometheus_names_what_comes_over_otlp(metric: Metric, convention: str) -> None:
    unit = {"s": "_seconds", "By": "_bytes"}.get(_instrument(convention).unit, "")
    total = "_total" if isinstance(metric, Counter) else ""

    assert exposed_metric(metric) == convention.replace(".", "_") + unit + total


def test_what_is_said_to_be_stable_is_and_the_rest_is_not() -> None:
    stable = _constants(*_modules("metrics"), *_modules("attributes"))

    assert {*STABLE_METRICS.values(), *STABLE_LABELS.values()} <= stable.keys()
    assert stable.keys().isdisjoint({*DEVELOPMENT_METRICS.values(), *DEVELOPMENT_LABELS.values()})


@pytest.mark.parametrize(("label", "attribute"), LABELS.items(), ids=[label.name for label in LABELS])
def test_a_label_has_an_attribute_that_exists(label: Label, attribute: str) -> None:
    known = _constants(*_modules("_incubating.attributes"), *_modules("attributes"))

    assert attribute in known, label.name


def test_the_version_of_the_conventions_is_one_that_was_published() -> None:
    assert Schemas[f"V{VERSION.replace('.', '_')}"].value.endswith(VERSION)


def test_no_two_metrics_share_a_convention() -> None:
    assert len(set(METRICS.values())) == len(METRICS)


def test_a_metric_without_a_convention_keeps_its_name() -> None:
    assert exposed_metric(HTTP_REQUESTS) == HTTP_REQUESTS.name


def test_the_table_has_a_row_for_every_metric_and_label() -> None:
    rows = reference_table().splitlines()[2:]

    assert len(rows) == len(METRICS) + len(LABELS)
    assert sum("in development" in row for row in rows) == len(DEVELOPMENT_METRICS) + len(DEVELOPMENT_LABELS)
