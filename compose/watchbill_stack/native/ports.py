"""Free ports on loopback: one block for each running stack, held for as long as it runs."""

import contextlib
import fcntl
import os
import socket
import tempfile
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from watchbill.errors import WatchbillError

DEFAULT_BASE = 18600
_STEP = 20
_BLOCKS = 50


class PortTaken(WatchbillError):
    """No block of ports is free; the message names the first port that is taken."""


@contextlib.contextmanager
def leased(names: Sequence[str], base: int | None = None) -> Generator[Mapping[str, int]]:
    """Consecutive ports for the names, from `base` alone or else from the first free block; raises PortTaken.

    A lock file keeps two stacks that start at the same moment apart.
    """
    bases = [base] if base is not None else [DEFAULT_BASE + _STEP * block for block in range(_BLOCKS)]
    for candidate in bases:
        ports = {name: candidate + index for index, name in enumerate(names)}
        with _locked(candidate) as held:
            if held and all(is_free(port) for port in ports.values()):
                yield ports
                return
    taken = next((bases[0] + index for index in range(len(names)) if not is_free(bases[0] + index)), bases[0])
    raise PortTaken(f"port {taken} of 127.0.0.1 is taken; choose another block with --port-base")


def is_free(port: int) -> bool:
    """Whether a server could listen on a port of loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def _locked(base: int) -> Generator[bool]:
    path = Path(tempfile.gettempdir()) / f"watchbill-{os.getuid()}-ports-{base}.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        # Another user may have put a file of this name into the common folder.
        yield False
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)
