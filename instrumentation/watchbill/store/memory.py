"""The memory behind a store."""

import mmap
from collections.abc import Sequence
from typing import Protocol

CAPACITY = 4 * 1024 * 1024
"""Cells of one store: 32 MiB of address space, of which only what is used costs memory."""
CELL_BYTES = 8


class Memory(Protocol):
    """Zeroed doubles, and a way to tell readers in other processes what they mean."""

    @property
    def cells(self) -> "memoryview[float]":
        """All of them; writing beyond what is reserved may end the process."""
        ...

    def reserve(self, cells: int) -> None:
        """Makes the first so many cells safe to write; raises OSError when there is no room."""
        ...

    def publish(self, entry: bytes) -> None:
        """Appends to the directory that other processes read; raises OSError when there is no room."""
        ...

    def rewrite(self, entries: Sequence[bytes]) -> None:
        """Puts another directory in the place of the present one; raises OSError when there is no room."""
        ...


class PrivateMemory:
    """Memory of this process alone; a child process gets a copy."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        self.cells: memoryview[float] = memoryview(mmap.mmap(-1, capacity * CELL_BYTES, flags=flags)).cast("d")

    def reserve(self, cells: int) -> None:
        """Raises OSError beyond the capacity."""
        if cells > len(self.cells):
            raise OSError(f"the store holds {len(self.cells)} numbers and is full")

    def publish(self, entry: bytes) -> None:
        """Nobody else reads it."""

    def rewrite(self, entries: Sequence[bytes]) -> None:
        """Nobody else reads it."""
