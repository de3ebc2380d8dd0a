"""The stack as a set of children: started in order, watched, restarted, stopped."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_alerts.secret_files import secret_files
from watchbill_stack import output
from watchbill_stack.build import render
from watchbill_stack.native import engines, ports, programs, servers
from watchbill_stack.native.process import Child, StartFailed, stop_all
from watchbill_stack.native.site import ALERTMANAGER, ENGINES, PROMETHEUS, Site, relocated, write_secret

START_SECONDS = 60
Backends = Callable[[Stack, Site], Sequence[Child]]
"""The applications to run beside the engines, and what puts load on them."""


class RunningStack:
    """A stack that runs: its children by name, in the order they were started."""

    def __init__(self, stack: Stack, site: Site) -> None:
        self.stack = stack
        self.site = site
        self.children: dict[str, Child] = {}

    def start(self, *children: Child) -> None:
        """Start children side by side and return once all serve; raises StartFailed."""
        for child in children:
            self.children[child.name] = child
            child.start()
        deadline = time.monotonic() + START_SECONDS
        for child in children:
            child.wait_ready(deadline)

    def restart(self, name: str) -> None:
        """Start a child that ended."""
        self.children[name].start()

    def stop(self) -> None:
        """Stop everything, the last started first."""
        stop_all(list(reversed(self.children.values())))


@contextlib.contextmanager
def running(
    declared: Stack,
    *,
    backends: Backends | None = None,
    port_base: int | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> Generator[RunningStack]:
    """Run a stack at the development profile until the block ends; with `backends`, their servers too.

    Raises MissingProgram, PortTaken or StartFailed before the block begins, with everything stopped again.
    """
    dependencies = declared.dependencies if backends else ()
    services = declared.services if backends else ()
    wanted = ["prometheus", "alertmanager", *(one for dep in dependencies for one in servers.programs_for(dep))]
    found = programs.located(dict.fromkeys(wanted))
    names = [*ENGINES, *(one.name for one in dependencies), *(one.name for one in services)]
    with ports.leased(names, port_base) as leased, _folder() as folder:
        site = Site(folder, leased, found)
        stack = relocated(declared, site)
        started = RunningStack(stack, site)
        try:
            try:
                _start_all(started, backends, announce)
            except OSError as error:
                raise StartFailed(f"{error.filename or folder}: {error.strerror or error}") from error
            yield started
        finally:
            started.stop()


def _start_all(started: RunningStack, backends: Backends | None, announce: Callable[[str], None]) -> None:
    stack, site = started.stack, started.site
    profile = Profile.development()
    rendered = render(stack, profile, prometheus=site.address(PROMETHEUS), alertmanager=site.address(ALERTMANAGER))
    output.write(rendered, site.rendered)
    for path, content in secret_files(stack).items():
        write_secret(path, content)
    own_servers = [one for one in stack.dependencies if site.runs(one.name)]
    announce("starting servers, page and Alertmanager")
    started.start(
        *(servers.server_of(one, site) for one in own_servers),
        engines.page(site, profile.scrape_interval),
        engines.alertmanager(site),
    )
    for dependency in own_servers:
        servers.prepare(dependency, site)
    announce("starting exporter and services")
    started.start(engines.exporter(site), *(backends(stack, site) if backends else ()))
    announce("starting Prometheus")
    started.start(engines.prometheus(site))


@contextlib.contextmanager
def _folder() -> Generator[Path]:
    """A folder of this run alone; others may pass through it, because PostgreSQL may run as another user."""
    folder = Path(tempfile.mkdtemp(prefix="watchbill-"))
    try:
        folder.chmod(0o711)
        for name in ("logs", "secrets", "stack"):
            (folder / name).mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
