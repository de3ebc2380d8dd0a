"""The live table fits a small terminal, says what it does not know, and shows foreign text as text."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from watchbill_reference.stack import stack
from watchbill_stack.native import table
from watchbill_stack.native.health import Health, Tally
from watchbill_stack.native.process import Child
from watchbill_stack.native.running import RunningStack
from watchbill_stack.native.site import ENGINES, Site

_SERVERS = ("cache", "orders", "shop", "load", "moderation", "filter", "filter-load")
_NOTIFICATION = {
    "received_at": "2026-01-01T01:02:03.000+00:00",
    "receiver": "storefront-page",
    "status": "firing",
    "alertname": "TargetDown",
    "summary": "shop is down, and this summary says so in far more words than a line of a terminal can hold",
}


def _started(folder: Path) -> RunningStack:
    names = (*ENGINES, *_SERVERS)
    site = Site(folder, {name: 18600 + index for index, name in enumerate(names)}, {})
    started = RunningStack(stack, site)
    for name in names:
        started.children[name] = Child(name, ["true"], site.log(name), ready=lambda: True, address=site.url(name))
    return started


def _printed(view: RenderableType) -> list[str]:
    file = StringIO()
    Console(file=file, width=80, height=24, force_terminal=True, color_system=None).print(view)
    return file.getvalue().splitlines()


def test_everything_is_seen_on_a_terminal_of_80_by_24() -> None:
    well = Tally(good=100, total=100)
    health = Health(processes=well, targets=well, rules=well, panels=well, notifications=(_NOTIFICATION,) * 9)

    view = table.live(_started(Path("/tmp/watchbill-12345678")), health, {}, height=24)  # noqa: S108  # only shown
    lines = _printed(view)

    assert len(lines) < 24
    assert all(any(f"127.0.0.1:{18600 + index}" in line for line in lines) for index in range(len(ENGINES)))
    assert any("/tmp/watchbill-12345678/logs" in line for line in lines)  # noqa: S108  # only shown


@pytest.mark.parametrize(("height", "shown"), [(1, 1), (24, 2), (25, 3), (60, 5)])
def test_as_many_notifications_are_seen_as_the_terminal_has_room_for(tmp_path: Path, height: int, shown: int) -> None:
    health = Health(notifications=(_NOTIFICATION,) * 9)

    lines = _printed(table.live(_started(tmp_path), health, {}, height=height))

    assert sum(line.startswith("01:02:03") for line in lines) == shown


def test_a_notification_with_markup_and_terminal_codes_is_shown_as_text(tmp_path: Path) -> None:
    hostile = {**_NOTIFICATION, "receiver": "[/x]", "status": "[/red]", "summary": "a\x1b[31m [bold]b\n:bell:"}

    lines = _printed(table.live(_started(tmp_path), Health(notifications=(hostile,)), {}, height=24))

    (line,) = [one for one in lines if "[/x]" in one]
    assert "[/red]" in line
    assert "a [31m [bold]b :bell:" in line


def test_reasons_are_shown_as_they_are() -> None:
    health = Health(targets=Tally(total=1, faults=('shop/a: Get "http://[::1]/": [/etc] refused',)))

    assert '- target: shop/a: Get "http://[::1]/": [/etc] refused' in table.verdict(health).plain


def test_alerts_are_unknown_and_not_none_when_prometheus_is_silent() -> None:
    (line,) = [line for line in _printed(table.counts(Health(firing=None))) if "alerts firing" in line]

    assert line.split() == ["alerts", "firing", "unknown", "look"]
    assert "alerts: Prometheus does not say what fires" in Health(firing=None).reasons()
