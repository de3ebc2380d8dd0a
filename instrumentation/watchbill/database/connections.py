"""Driver connections, and what each is counted by."""

from collections import deque
from time import perf_counter
from typing import Any, Protocol
from weakref import ref

from watchbill.database.claim import is_claimed
from watchbill.database.meter import Meter, Outcome, Run


class Everywhere(Protocol):
    """What counts the connections that nothing else does."""

    def take(self, connection: Any) -> "Bound | None":
        """Binds a connection that it sees for the first time. Raises nothing."""
        ...

    def seen(self, connection: Any) -> None:
        """Binds a connection of one of its pools, unless it has done so. Raises nothing."""
        ...


class Bound:
    """One connection. `began` is when its transaction did; `pending` are statements sent whose results are not here."""

    __slots__ = ("_connection", "began", "meter", "owner", "pending")

    def __init__(self, connection: "ref[Any]", meter: Meter, owner: object) -> None:
        self._connection = connection
        self.meter = meter
        self.owner = owner
        self.began = 0.0
        self.pending: deque[tuple[object, Run | None]] = deque()

    def transaction_ended(self, outcome: Outcome) -> None:
        """Counts it, if its begin was seen."""
        began, self.began = self.began, 0.0
        if began:
            self.meter.transaction_ended(began, outcome)

    def transaction_began(self) -> None:
        """From now on."""
        self.began = perf_counter()


class Connections:
    """Those of one library, for as long as they live."""

    def __init__(self) -> None:
        self._bound: dict[int, Bound] = {}
        self.everywhere: Everywhere | None = None

    def bind(self, connection: Any, meter: Meter, owner: object) -> Bound:
        """Counts the connection by a meter, whatever it was counted by."""
        key = id(connection)
        found = self._bound[key] = Bound(ref(connection, lambda _: self._bound.pop(key, None)), meter, owner)
        return found

    def of(self, connection: Any) -> Bound | None:
        """None where nothing counts it, or another integration does."""
        if is_claimed(connection):
            return None
        found = self._bound.get(id(connection))
        if found is None and self.everywhere is not None:
            return self.everywhere.take(connection)
        return found

    def is_bound(self, connection: Any, owner: object) -> bool:
        """Whether an owner has bound it."""
        found = self._bound.get(id(connection))
        return found is not None and found.owner is owner

    def release(self, owner: object) -> None:
        """Those that an owner has bound are counted by nobody."""
        for key, bound in list(self._bound.items()):
            if bound.owner is owner:
                self._bound.pop(key, None)
