"""The number of invalidations that a CDN has not carried out yet, from a JSON document."""

from dataclasses import dataclass
from math import inf
from time import monotonic, perf_counter

from watchbill.catalogue.cdn import CDN_INVALIDATIONS
from watchbill_exporters.cdn_edge.json_pointer import count_at
from watchbill_exporters.cdn_edge.settings import Invalidations
from watchbill_exporters.collector import Collected, single
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.http_reader import HttpReader, Origin
from watchbill_exporters.pace import is_due
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.resolver import Resolver
from watchbill_exporters.secret import Secret

NAME = "invalidations"
_MOST_BYTES = 1024 * 1024
_OK = 200
_REFUSED = (401, 403)
_TOKEN = "correct the token in token_file, or its rights"


@dataclass(slots=True)
class Pending:
    """Asked as often as the resources; a number is not kept when a later asking fails."""

    settings: Invalidations
    origin: Origin
    asked_at: float = -inf
    seconds: float = 0.0
    number: float | None = None
    fault: str | None = None

    def is_due(self, interval: float, retry: float) -> bool:
        """Whether it is time to ask."""
        return is_due(monotonic() - self.asked_at, retry if self.fault else interval)

    async def ask(self, resolver: Resolver, deadline: Deadline) -> None:
        """Asks once; the token is read from its file each time."""
        began = perf_counter()
        self.asked_at = monotonic()
        self.number, self.fault = None, None
        try:
            self.number = count_at(await self._document(resolver, deadline), self.settings.pointer)
        except TargetDown as down:
            self.fault = f"{down.reason}: {down.cause}; remedy: {down.remedy}"
        except ValueError as error:
            self.fault = f"{error}; remedy: correct url and json_pointer of the target's invalidations"
        self.seconds = perf_counter() - began

    def collected(self) -> Collected:
        """The number, or why there is none."""
        return Collected(
            name=NAME,
            seconds=self.seconds,
            measured=() if self.number is None else (single(CDN_INVALIDATIONS, self.number),),
            fault=self.fault,
            age=monotonic() - self.asked_at if self.asked_at > -inf else 0.0,
        )

    async def _document(self, resolver: Resolver, deadline: Deadline) -> bytes:
        token = self.settings.token_file
        headers = {"accept": "application/json"}
        if token is not None:
            headers["authorization"] = f"Bearer {_read(token)}"
        connection = await HttpReader.open(self.origin, resolver, deadline)
        try:
            answer = await connection.ask(self.settings.address.target, deadline, headers=headers, most=_MOST_BYTES)
        finally:
            await connection.close()
        if answer.status in _REFUSED:
            raise TargetDown("auth", f"it answers {answer.status}", _TOKEN)
        if answer.status != _OK:
            raise ValueError(f"it answers {answer.status}")
        return answer.body


def _read(token: Secret) -> str:
    try:
        return token.read()
    except TargetDown as down:
        raise TargetDown(down.reason, down.cause, _TOKEN) from None
