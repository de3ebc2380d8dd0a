"""The request that the running code serves, for whatever adds to its account."""

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchbill.http.exchange import Exchange

CURRENT: ContextVar["Exchange | None"] = ContextVar("watchbill_exchange", default=None)
"""None outside a request. Tasks started in a request see its exchange even when it has been settled."""
