"""A progress bar on stderr, for work that takes more than a moment and only where a person watches."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

_MANY = 500
Item = TypeVar("Item")


def watched(items: Iterable[Item], number: int, title: str) -> Iterator[Item]:
    """The items, with a bar when there are more than 500 of them and stderr is a terminal."""
    if number <= _MANY or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, title, total=number, console=Console(stderr=True), transient=True)
