"""Python's search for garbage in cycles, put off while there is none to find."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def without_collections() -> Generator[None]:
    """A check keeps nearly all that it makes until its end; looking through it again and again doubles its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            _count_as_old()
            gc.enable()


def _count_as_old() -> None:
    """Otherwise the first object made afterwards sets off a search through all that the check has made."""
    if not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()
