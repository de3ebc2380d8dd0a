"""Long work in a thread, in steps so short that the threads which answer requests are not kept waiting."""

from collections.abc import Iterable, Iterator
from time import perf_counter, sleep
from typing import TypeVar

Step = TypeVar("Step")

SLICE_SECONDS = 0.00025
PAUSE_SECONDS = 0.00005
"""A sleep of no time would take the interpreter back before a waiting thread has woken up."""


def paced(steps: Iterable[Step]) -> Iterator[Step]:
    """The same steps, with a short sleep after each quarter of a millisecond, in which other threads run."""
    until = perf_counter() + SLICE_SECONDS
    for step in steps:
        yield step
        if perf_counter() > until:
            sleep(PAUSE_SECONDS)
            until = perf_counter() + SLICE_SECONDS
