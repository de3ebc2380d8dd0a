"""What would show more of a Redis server."""

from collections.abc import Iterator

from watchbill.catalogue.redis_server.settings import REDIS_CONFIG_KEY_VALUE, REDIS_CONFIG_VALUE
from watchbill_exporters.advice import Advice, Findings

_THRESHOLD, _SLOWLOG, _TRACKING = "latency-monitor-threshold", "slowlog-log-slower-than", "latency-tracking"


def advice(findings: Findings) -> Iterator[Advice]:
    """Settings that switch off what is measured, of those that the target's `include_settings` names."""
    if findings.value(REDIS_CONFIG_VALUE, _THRESHOLD) == 0:
        cause = f"{_THRESHOLD} is 0: spikes of latency are not recorded"
        yield Advice(subject=_THRESHOLD, cause=cause, remedy=f"CONFIG SET {_THRESHOLD} 100")
    if (findings.value(REDIS_CONFIG_VALUE, _SLOWLOG) or 0) < 0:
        cause = f"{_SLOWLOG} is negative: no slow command is recorded"
        yield Advice(subject=_SLOWLOG, cause=cause, remedy=f"CONFIG SET {_SLOWLOG} 10000")
    if findings.value(REDIS_CONFIG_KEY_VALUE, _TRACKING, "no") is not None:
        cause = f"{_TRACKING} is off: there are no percentiles of latency"
        yield Advice(subject=_TRACKING, cause=cause, remedy=f"CONFIG SET {_TRACKING} yes")
