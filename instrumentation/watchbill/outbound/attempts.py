"""One call of the application: how often it was attempted until it had its answer."""

from contextvars import ContextVar
from typing import TYPE_CHECKING

from watchbill.fault import Faults

if TYPE_CHECKING:
    from watchbill.outbound.series import Row


class Sending:
    """From `send` to what it returns. A redirect is followed by no new attempt; a retry or an answer to a challenge is.

    `hops` are the exchanges so far, redirects included.
    """

    __slots__ = ("attempts", "hops", "redirected", "request", "row")

    def __init__(self, request: object) -> None:
        self.request = request
        self.attempts = self.hops = 0
        self.redirected = False
        self.row: Row | None = None

    def hop(self, row: "Row | None") -> int:
        """One exchange begins; how many came before it."""
        before = self.hops
        self.hops = before + 1
        if self.redirected:
            self.redirected = False
        else:
            self.attempts += 1
        if self.row is None:
            self.row = row
        return before

    def end(self, faults: Faults) -> None:
        """The application has its answer, or the error; a call that was never sent says nothing."""
        try:
            if self.row is not None and self.attempts:
                self.row.attempts.observe(self.attempts)
        except Exception as error:  # noqa: BLE001  never into the application
            faults.report("outbound", error)


SENDING: ContextVar[Sending | None] = ContextVar("watchbill_sending", default=None)
"""The call that the running code makes for the application."""
