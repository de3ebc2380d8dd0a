"""Child processes that live as long as a test wants."""

import os
import signal
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass
class Child:
    """A forked process that has done its work and waits."""

    pid: int
    ended: bool = False

    def end(self, number: int = signal.SIGKILL) -> None:
        """Kills it, and waits until it is gone."""
        if not self.ended:
            self.ended = True
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)
            os.waitpid(self.pid, 0)


@contextmanager
def forked(work: Callable[[], object]) -> Generator[Child]:
    """A child that has done some work; it is killed at the end of the block at the latest."""
    done_reader, done_writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        _be_a_child(work, done_writer)
    os.close(done_writer)
    child = Child(pid)
    try:
        with os.fdopen(done_reader, "rb") as done:
            assert done.read() == b"done", "the child failed"
        yield child
    finally:
        child.end()


def run_forked(work: Callable[[], object]) -> None:
    """A child that does some work and ends, without any clearing up."""
    with forked(work):
        pass


def _be_a_child(work: Callable[[], object], done: int) -> None:
    signal.alarm(60)
    try:
        work()
        os.write(done, b"done")
        os.close(done)
        signal.pause()
    except BaseException:  # noqa: BLE001  nothing of the child's may go on in the test
        traceback.print_exc()
    finally:
        os._exit(1)
