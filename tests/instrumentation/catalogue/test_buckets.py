"""Bucket bounds: as literature gives them, and as they stand in the label `le`."""

from math import inf

import prometheus_client
import pytest

from watchbill.catalogue.buckets import BODY_BYTES, DATABASE_SECONDS, HTTP_SECONDS, bound_text


def test_http_bounds_are_those_of_opentelemetrys_semantic_conventions() -> None:
    assert HTTP_SECONDS == (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)


def test_database_bounds_are_those_of_opentelemetrys_semantic_conventions() -> None:
    assert DATABASE_SECONDS == (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)


@pytest.mark.parametrize("bounds", [HTTP_SECONDS, DATABASE_SECONDS, BODY_BYTES, (0.00001, 0.3, 3, 123456, 1234567.5)])
def test_a_bound_reads_as_prometheus_client_exposes_it(bounds: tuple[float, ...]) -> None:
    registry = prometheus_client.CollectorRegistry()
    prometheus_client.Histogram("wait_seconds", "Wait.", buckets=bounds, registry=registry)
    exposed = [
        sample.labels["le"] for family in registry.collect() for sample in family.samples if "le" in sample.labels
    ]

    assert [bound_text(bound) for bound in (*bounds, inf)] == exposed
