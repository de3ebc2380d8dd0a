"""A child process: started, watched, stopped by pid; what it prints goes to a log file."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from watchbill.errors import WatchbillError

_TAIL_LINES = 15


class StartFailed(WatchbillError):
    """A child did not become ready; the message says why and quotes the end of its log."""


@dataclass(slots=True)
class Child:
    """One server of the stack. `ready` says whether it serves; `address` is shown to people.

    It runs in `folder`, so that its configuration needs no path: Prometheus reads paths as patterns.
    """

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], bool]
    address: str = ""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    folder: Path | None = None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The pid while it runs."""
        return self.process.pid if self.process is not None and self.is_alive else None

    @property
    def is_alive(self) -> bool:
        """Whether it runs now."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it, without waiting until it serves; what an earlier start left is ended first."""
        self.kill_group()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  # the command is ours, without a shell
                [*as_user(self.user), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.folder,
                env={**os.environ, **self.environment},
            )

    def wait_ready(self, deadline: float) -> None:
        """Return once it serves; raises StartFailed when it ends or the deadline (monotonic seconds) passes."""
        while not self.ready():
            if not self.is_alive:
                code = self.process.returncode if self.process is not None else None
                raise StartFailed(f"{self.name} ended with status {code} before it served{self._tail()}")
            if time.monotonic() > deadline:
                raise StartFailed(f"{self.name} did not serve in time{self._tail()}")
            time.sleep(0.05)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process itself, if it still runs."""
        if self.process is not None and self.is_alive:
            self.process.send_signal(number)

    def kill_group(self) -> None:
        """End the process and whatever it started."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            self.process.wait()

    def _tail(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        quoted = "".join(f"\n  | {line}" for line in lines[-_TAIL_LINES:])
        return f"; its log ends:{quoted}" if lines else "; it printed nothing"


def stop_all(children: Sequence[Child], patience: float = 3.0) -> None:
    """Ask all to stop, in order, and kill by pid what still runs after `patience` seconds."""
    for child in children:
        child.signal(child.stop_signal)
    deadline = time.monotonic() + patience
    while any(child.is_alive for child in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    for child in children:
        child.kill_group()


def as_user(user: str | None) -> list[str]:
    """What to put before a command: it runs as the user, and ends with us even when we are killed."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        if user is not None:
            raise StartFailed("setpriv (Debian's package util-linux) is needed to run PostgreSQL as root")
        return []
    wrapper = [setpriv, "--pdeathsig", "KILL"]
    if user is not None:
        account = pwd.getpwnam(user)
        wrapper += ["--reuid", str(account.pw_uid), "--regid", str(account.pw_gid), "--init-groups"]
    return [*wrapper, "--"]
