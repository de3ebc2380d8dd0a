"""The largest value of the last seconds."""

from collections import deque

_SLOT_SECONDS = 1.0
_SLOTS = 15


class Peak:
    """One value per second is kept for 15 seconds. One thread gives values, any may read."""

    __slots__ = ("_slots",)

    def __init__(self) -> None:
        self._slots: deque[tuple[int, float]] = deque(maxlen=_SLOTS)

    def take(self, value: float, now: float) -> None:
        """A value seen at this monotonic time."""
        slot = int(now / _SLOT_SECONDS)
        slots = self._slots
        if slots and slots[-1][0] == slot:
            if value > slots[-1][1]:
                slots[-1] = (slot, value)
        else:
            slots.append((slot, value))

    def at(self, now: float) -> float:
        """The largest value of the 15 seconds before a monotonic time; 0 when there was none."""
        oldest = int(now / _SLOT_SECONDS) - _SLOTS
        return max((value for slot, value in tuple(self._slots) if slot > oldest), default=0.0)
