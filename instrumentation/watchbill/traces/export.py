"""Sending spans to an OTLP collector without the application noticing when it is not there."""

import os
from collections.abc import Callable
from typing import Literal, get_args

from opentelemetry.sdk.environment_variables import (
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
    OTEL_BSP_MAX_QUEUE_SIZE,
    OTEL_BSP_SCHEDULE_DELAY,
)

from watchbill.errors import InvalidDeclaration
from watchbill.fault import Faults
from watchbill.traces.over_grpc import OverGrpc
from watchbill.traces.over_http import OverHttp
from watchbill.traces.sender import Sender
from watchbill.traces.transport import Settings, Transport

Protocol = Literal["http/protobuf", "grpc"]
PROTOCOLS: tuple[str, ...] = get_args(Protocol)
Lose = Callable[[str, int], None]


class ExportFailed(RuntimeError):
    """A batch of spans did not reach the collector."""


def shown(endpoint: str) -> str:
    """An address as people may read it: without user, password and query."""
    scheme = next((known for known in ("http://", "https://") if endpoint.startswith(known)), "")
    return scheme + endpoint.removeprefix(scheme).rpartition("@")[2].partition("?")[0]


def otlp_sender(endpoint: str, protocol: str, faults: Faults, lose: Lose) -> Sender:
    """A processor that sends to a full address; raises MissingExtra, or InvalidDeclaration.

    The latter is for variables of OpenTelemetry's that cannot be read or contradict each other.
    """

    def failed(error: Exception, spans: int) -> None:
        faults.report("traces", ExportFailed(f"{shown(endpoint)} did not take {spans} spans: {error}"))

    try:
        settings = Settings.of()

        def transport() -> Transport:
            return OverGrpc(endpoint, settings) if protocol == "grpc" else OverHttp(endpoint, settings)

        most = _number(OTEL_BSP_MAX_QUEUE_SIZE, 2048)
        return Sender(
            transport,
            lose=lose,
            failed=failed,
            most=most,
            batch=min(_number(OTEL_BSP_MAX_EXPORT_BATCH_SIZE, 512), most),
            delay=_number(OTEL_BSP_SCHEDULE_DELAY, 5000) / 1000,
            timeout=settings.timeout,
        )
    except (ValueError, OSError) as error:
        raise InvalidDeclaration("environment", [str(error)]) from error


def _number(variable: str, otherwise: int) -> int:
    text = os.environ.get(variable, "").strip()
    number = int(text) if text.isascii() and text.isdigit() else 0
    if text and not number:
        raise ValueError(f"{variable}={text!r} is no number above 0")
    return number or otherwise
