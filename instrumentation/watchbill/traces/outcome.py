"""What a server span says in the end: its name, its status, and the attributes of request and answer."""

import traceback
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.exception_attributes import EXCEPTION_MESSAGE, EXCEPTION_STACKTRACE
from opentelemetry.semconv.attributes.http_attributes import (
    HTTP_REQUEST_METHOD,
    HTTP_REQUEST_METHOD_ORIGINAL,
    HTTP_RESPONSE_STATUS_CODE,
    HTTP_ROUTE,
)
from opentelemetry.trace import Span, StatusCode

from watchbill.asgi import Scope
from watchbill.catalogue.http import CLIENT_LEFT, OTHER_METHOD, UNMATCHED_ROUTE
from watchbill.http.failure import is_departure
from watchbill.logs.secrets import redact
from watchbill.traces.request_attributes import request_attributes

CLIENT_DISCONNECTED = "client_disconnected"
"""`error.type` of a request whose client left. It has no status code, for the server sent none that arrived, and is no
error of the server; the conventions know no 499."""

_SERVER_ERROR = 500
_LONGEST_METHOD = 100


class Answer(NamedTuple):
    """A request's answer, complete; `added` are attributes beside its own."""

    scope: Scope
    method: str
    route: str
    status: int
    error: BaseException | None
    added: Mapping[str, int | float] = MappingProxyType({})


def describe(span: Span, answer: Answer) -> None:
    """Names a span and sets what is known once the answer is complete."""
    if answer.status >= _SERVER_ERROR:
        span.set_status(StatusCode.ERROR)
    span.update_name(name_of(answer.method, answer.route))
    span.set_attributes(attributes_of(answer))


def attributes_of(answer: Answer) -> dict[str, str | int | float]:
    """What is known once the answer is complete."""
    scope, method, route, status, _, added = answer
    attributes: dict[str, str | int | float] = {**request_attributes(scope), **added}
    attributes[HTTP_REQUEST_METHOD] = method
    if method == OTHER_METHOD:
        attributes[HTTP_REQUEST_METHOD_ORIGINAL] = str(scope["method"])[:_LONGEST_METHOD]
    if route != UNMATCHED_ROUTE:
        attributes[HTTP_ROUTE] = route
    if status == CLIENT_LEFT:
        attributes[ERROR_TYPE] = CLIENT_DISCONNECTED
    else:
        attributes[HTTP_RESPONSE_STATUS_CODE] = status
    if status >= _SERVER_ERROR:
        attributes[ERROR_TYPE] = str(status)
    return attributes


def fail(span: Span, error: Exception, *, recorded: bool = False) -> None:
    """Marks a span with the exception that the application raised; secrets in its text are replaced."""
    if not recorded:
        told = {EXCEPTION_MESSAGE: redact(str(error)), EXCEPTION_STACKTRACE: redact(_traceback(error))}
        span.record_exception(error, told)
    span.set_status(StatusCode.ERROR)
    span.set_attribute(ERROR_TYPE, type(error).__qualname__)


def ends_now(answer: Answer) -> bool:
    """Whether no error is to be expected after this answer that its span would have to tell."""
    status, error = answer.status, answer.error
    return status < _SERVER_ERROR and (error is None or left_by_client(status, error))


def left_by_client(status: int, error: BaseException) -> bool:
    """Whether an exception only says that the client, which left, is gone."""
    return status == CLIENT_LEFT and is_departure(error)


def name_of(method: str, route: str) -> str:
    """By the semantic conventions: the method, HTTP where it is unknown, and the route where there is one."""
    verb = "HTTP" if method == OTHER_METHOD else method
    return verb if route == UNMATCHED_ROUTE else f"{verb} {route}"


def _traceback(error: Exception) -> str:
    return "".join(traceback.format_exception(error))
