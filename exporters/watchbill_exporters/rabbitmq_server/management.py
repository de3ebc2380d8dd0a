"""RabbitMQ's management listener: one document of JSON for each request."""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from watchbill_exporters.deadline import Deadline
from watchbill_exporters.http_reader import Answer, HttpReader, Origin
from watchbill_exporters.json_value import is_mapping
from watchbill_exporters.rabbitmq_server.rights import LISTENER, TAG
from watchbill_exporters.rabbitmq_server.settings import RabbitmqSettings
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.resolver import Resolver

LARGEST_DOCUMENT = 4 * 1024 * 1024
"""Bytes; a page of 500 queues has 200 kB."""
_NO_LISTENER = f"give the address of the management listener, usually port 15672; `{LISTENER}` switches it on"


class NotAllowed(Exception):  # it is no error of the program
    """The account may sign in, but not see this."""


class Management:
    """A connection that is signed in: each request carries the account."""

    def __init__(self, http: HttpReader, settings: RabbitmqSettings) -> None:
        self._http = http
        self._settings = settings
        self._headers = {"accept": "application/json", "authorization": _authorization(settings)}

    @classmethod
    async def open(cls, settings: RabbitmqSettings, resolver: Resolver, deadline: Deadline) -> "Management":
        """Connects; the password is read each time. Raises TargetDown."""
        try:
            http = await HttpReader.open(Origin.of(settings), resolver, deadline)
        except TargetDown as down:
            raise _explained(down) from down
        try:
            return cls(http, settings)
        except BaseException:
            await http.close()
            raise

    @property
    def reusable(self) -> bool:
        """Whether another request may be sent."""
        return self._http.reusable

    async def get(
        self, path: str, deadline: Deadline, query: Mapping[str, str | int] | None = None
    ) -> tuple[Any, float]:
        """A document, and the seconds to its first byte.

        Raises NotAllowed for what this account may not see, LookupError for what is not there, and TargetDown for
        anything else that is no document.
        """
        target = f"/api/{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        try:
            answer = await self._http.ask(target, deadline, headers=self._headers, most=LARGEST_DOCUMENT)
        except TargetDown as down:
            raise _explained(down) from down
        self._check(answer)
        return _document(answer), answer.first_byte_seconds

    async def close(self) -> None:
        """Drops the connection."""
        await self._http.close()

    def _check(self, answer: Answer) -> None:
        address = self._settings.address
        match answer.status:
            case 200:
                return
            case 401 | 403:
                raise self._refusal(answer)
            case 404:
                raise LookupError(f"{address} knows no such thing")
            case 503:
                raise TargetDown("loading", f"{address} answers 503: it starts, or is being stopped")
            case status:
                raise TargetDown("protocol", f"{address} answers {status}", _NO_LISTENER)

    def _refusal(self, answer: Answer) -> TargetDown | NotAllowed:
        told = _document_or_none(answer)
        reason = str(told.get("reason", "")) if is_mapping(told) else ""
        if "monitor user" in reason or "virtual host" in reason:
            return NotAllowed()
        user = self._settings.user
        if "management user" in reason:
            return TargetDown("auth", f"user {user} may not use the management listener", TAG.format(user=user))
        return TargetDown("auth", f"user {user} is refused", "correct user, or the content of its password_file")


def _authorization(settings: RabbitmqSettings) -> str:
    secret = settings.secret
    if secret is None:
        raise TargetDown("auth", "no password is configured", "give password_file or password_variable")
    return "Basic " + b64encode(f"{settings.user}:{secret.read()}".encode()).decode("ascii")


def _document(answer: Answer) -> Any:
    found = _document_or_none(answer)
    if found is None:
        raise TargetDown("protocol", "the answer is no JSON", _NO_LISTENER)
    return found


def _document_or_none(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def _explained(down: TargetDown) -> TargetDown:
    if down.reason in {"refused", "protocol"}:
        return TargetDown(down.reason, down.cause, _NO_LISTENER)
    return down
