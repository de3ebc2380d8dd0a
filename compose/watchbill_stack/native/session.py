"""One session of the native stack: what `watchbill up` does between start and stop."""

import json
import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

import httpx
from rich.console import Console
from rich.live import Live

from watchbill.stack import Stack
from watchbill_stack.native import table
from watchbill_stack.native.health import Health, look
from watchbill_stack.native.running import Backends, RunningStack, running

_LOOK_SECONDS = 2.0
_PRINT_SECONDS = 10.0
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Session:
    """Watches a running stack: looks at it, starts again what died, says how it is."""

    def __init__(self, started: RunningStack, restart_after: float) -> None:
        self.started = started
        self.health = Health()
        self._restart_after = restart_after
        self._died: dict[str, float] = {}
        self._looked = 0.0

    def step(self, client: httpx.Client) -> bool:
        """Restart what is due and look again when it is time; says whether it looked."""
        self._restart_dead()
        if time.monotonic() - self._looked < _LOOK_SECONDS:
            return False
        self.health = look(self.started, client)
        self._looked = time.monotonic()
        return True

    def restarting(self) -> dict[str, float]:
        """Seconds until each dead child starts again."""
        now = time.monotonic()
        return {name: max(0.0, died + self._restart_after - now) for name, died in self._died.items()}

    def _restart_dead(self) -> None:
        now = time.monotonic()
        for name, child in self.started.children.items():
            if child.is_alive:
                self._died.pop(name, None)
            elif now - self._died.setdefault(name, now) >= self._restart_after:
                # One that ends again at once waits again.
                self._died[name] = now
                self.started.restart(name)


def run(
    stack: Stack,
    *,
    backends: Backends | None,
    seconds: float | None,
    port_base: int | None,
    restart_after: float,
    as_json: bool,
) -> int:
    """Run a stack until it is told to stop, or for some seconds and then say how it is: 0 well, 1 not."""
    out, messages = Console(), Console(stderr=True)
    with _stop_on_signals() as told, httpx.Client(timeout=10, trust_env=False) as client:
        try:
            with running(
                stack, backends=backends, port_base=port_base, announce=lambda text: messages.print(f"… {text}")
            ) as started:
                session = Session(started, restart_after)
                _watch(session, client, seconds, messages, told)
                if seconds is None:
                    return 0
                session.health = look(started, client)
        except KeyboardInterrupt:
            messages.print("stopped")
            return 0 if seconds is None else 1
    return _conclude(session, out, as_json=as_json)


def _watch(
    session: Session, client: httpx.Client, seconds: float | None, console: Console, told: threading.Event
) -> None:
    end = None if seconds is None else time.monotonic() + seconds
    printed = 0.0
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while end is None or time.monotonic() < end:
            if session.step(client):
                view = table.live(session.started, session.health, session.restarting(), height=console.height)
                if console.is_terminal:
                    live.update(view, refresh=True)
                elif time.monotonic() - printed > _PRINT_SECONDS:
                    console.print(table.counts(session.health), "")
                    printed = time.monotonic()
            if told.is_set():
                raise KeyboardInterrupt
            time.sleep(0.1)


def _conclude(session: Session, out: Console, *, as_json: bool) -> int:
    health = session.health
    if as_json:
        out.print_json(json.dumps(health.as_dict()))
    else:
        out.print(table.counts(health))
        out.print(table.verdict(health), soft_wrap=True)
    return 1 if health.reasons() else 0


@contextmanager
def _stop_on_signals() -> Generator[threading.Event]:
    """The first signal to stop ends the session; later ones do not disturb the stopping.

    The event tells of a signal whose exception a library swallowed, as callbacks and finalisers do.
    """
    told = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        told.set()
        for number in _STOPPING:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in _STOPPING}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
