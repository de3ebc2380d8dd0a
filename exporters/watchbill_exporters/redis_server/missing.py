"""What of a collector's subject could not be read, thing by thing."""

from watchbill_exporters.collector import Partial
from watchbill_exporters.redis_server.replies import Refused

_SHOWN = 3
_ELSEWHERE = ("MOVED ", "ASK ")


class Missing:
    """Gathers faults of single keys, so that one of them does not hide the others."""

    def __init__(self) -> None:
        self._faults: list[str] = []

    def add(self, database: int, key: str, cause: Refused | str) -> None:
        """A key and what is wrong with it. One that another node of the cluster holds is that node's to tell."""
        if not str(cause).startswith(_ELSEWHERE):
            self._faults.append(f"{key!r} in database {database}: {cause}")

    def tell(self) -> None:
        """Raises Partial when something is missing."""
        if not self._faults:
            return
        more = len(self._faults) - _SHOWN
        shown = "; ".join(self._faults[:_SHOWN])
        raise Partial(f"{shown}; and {more} more" if more > 0 else shown)
