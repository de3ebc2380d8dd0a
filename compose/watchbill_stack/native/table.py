"""The live table and the summary, for people."""

from collections.abc import Mapping

from rich.console import Group
from rich.table import Table
from rich.text import Text

from watchbill_stack.native.health import Health, Tally
from watchbill_stack.native.running import RunningStack
from watchbill_stack.native.site import PAGE

_NOTIFICATIONS_SHOWN = range(1, 6)


def live(started: RunningStack, health: Health, restarting: Mapping[str, float], *, height: int) -> Group:
    """Processes, counts, alerts and the last notifications that fit into `height` lines, one at least.

    `restarting` holds seconds until a dead child starts.
    """
    above, places = counts(health), _places(started)
    # Two header lines, and one below on which the cursor stands.
    left = height - 3 - len(started.children) - above.row_count - places.row_count
    shown = min(max(left, _NOTIFICATIONS_SHOWN.start), _NOTIFICATIONS_SHOWN.stop - 1)
    return Group(_processes(started, restarting), above, places, _notifications(health, shown))


def counts(health: Health) -> Table:
    """The four counts and what fires; marked by a word as well as by colour."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    subjects = {
        "targets up": health.targets,
        "rules healthy": health.rules,
        "panels with data": health.panels,
        "processes": health.processes,
    }
    for subject, tally in subjects.items():
        table.add_row(subject, str(tally), _mark(tally))
    firing = "unknown" if health.firing is None else ", ".join(health.firing) or "none"
    table.add_row("alerts firing", _plain(firing), _word(health.firing == ()))
    table.add_row("watchdog heard", "yes" if health.watchdog_heard else "not yet", _word(health.watchdog_heard))
    return table


def verdict(health: Health) -> Text:
    """Whether all is well, and every reason why not."""
    reasons = health.reasons()
    return Text("\n".join(["not well:", *(f"- {_plain(one)}" for one in reasons)]) if reasons else "all is well")


def _places(started: RunningStack) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_row("open", started.children[PAGE].address)
    table.add_row("logs", Text(str(started.site.folder / "logs"), overflow="fold"))
    return table


def _processes(started: RunningStack, restarting: Mapping[str, float]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("process", "pid", "address", "state"):
        table.add_column(column)
    for child in started.children.values():
        wait = restarting.get(child.name)
        state = "running" if child.is_alive else "ended" if wait is None else f"ended, starts again in {wait:.0f} s"
        table.add_row(
            child.name, str(child.pid or ""), child.address, Text(state, "green" if child.is_alive else "red")
        )
    return table


def _notifications(health: Health, shown: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    for column in ("received", "receiver", "status"):
        table.add_column(column, no_wrap=True)
    table.add_column("last notifications", no_wrap=True, ratio=1)
    for one in health.notifications[:shown]:
        cells = (one["received_at"][11:19], one["receiver"], one["status"], one["summary"] or one["alertname"])
        table.add_row(*map(_plain, cells))
    return table


def _plain(text: str) -> Text:
    """What others wrote, without markup and without codes that steer a terminal."""
    return Text("".join(letter if letter.isprintable() else " " for letter in text))


def _mark(tally: Tally) -> Text:
    return _word(tally.total > 0 and not tally.faults)


def _word(is_well: bool) -> Text:  # one value, one mark
    return Text("ok", "green") if is_well else Text("look", "yellow")
