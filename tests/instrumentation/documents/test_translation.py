"""OpenTelemetry's names and units as Prometheus shows them."""

import pytest

from watchbill.catalogue import METRICS, Unit
from watchbill.documents.registry import holds, instrument_of
from watchbill.documents.translation import (
    UCUM,
    Instrument,
    instrument_name,
    prometheus_label,
    prometheus_name,
    unit_of,
)


@pytest.mark.parametrize(
    ("name", "code", "instrument", "expected"),
    [
        ("http.server.request.duration", "s", "histogram", "http_server_request_duration_seconds"),
        ("http.server.active_requests", "{request}", "updowncounter", "http_server_active_requests"),
        ("process.cpu.time", "s", "counter", "process_cpu_time_seconds_total"),
        ("system.disk.io", "By", "counter", "system_disk_io_bytes_total"),
        ("system.memory.utilization", "1", "gauge", "system_memory_utilization_ratio"),
        ("jobs.share", "1", "updowncounter", "jobs_share"),
        ("disk.write.rate", "By/s", "gauge", "disk_write_rate_bytes_per_second"),
        ("queue.rate", "{message}/s", "gauge", "queue_rate_per_second"),
        ("io.total.time", "ms", "counter", "io_time_milliseconds_total"),
        ("uptime.seconds", "s", "gauge", "uptime_seconds"),
        ("2xx.responses", "{response}", "counter", "_2xx_responses_total"),
        ("a..b--c", "", "gauge", "a_b_c"),
    ],
)
def test_names_follow_the_specification(name: str, code: str, instrument: Instrument, expected: str) -> None:
    assert prometheus_name(name, code, instrument) == expected


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [("http.request.method", "http_request_method"), ("k8s.pod-name", "k8s_pod_name"), ("9p.mode", "key_9p_mode")],
)
def test_attributes_lose_what_prometheus_does_not_allow(attribute: str, expected: str) -> None:
    assert prometheus_label(attribute) == expected


def test_units_have_codes_that_lead_back_to_them_but_for_what_shares_one() -> None:
    lost = {unit for unit, code in UCUM.items() if unit_of(code) is not unit}

    assert lost == {Unit.TIMESTAMP}
    assert [unit_of(code) for code in ("{thing}", "{thing}/s", "1/s")] == [Unit.COUNT, Unit.PER_SECOND, Unit.PER_SECOND]
    assert [unit_of(code) for code in ("ms", "Cel", "%", "KiBy", "")] == [None] * 5


def test_the_catalogue_itself_is_named_as_the_specification_would_name_it() -> None:
    named_otherwise = {
        metric.name
        for metric in METRICS.values()
        if holds(metric)
        and prometheus_name(instrument_name(metric), UCUM[metric.unit], instrument_of(metric)) != metric.name
    }

    assert all(getattr(METRICS[name], "community_name", False) for name in named_otherwise)
