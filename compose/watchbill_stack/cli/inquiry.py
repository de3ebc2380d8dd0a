"""Options of `watchbill check` for rule files and dashboards that Watchbill did not write."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from watchbill_stack.cli.arguments import Duration

if TYPE_CHECKING:
    from watchbill_stack.foreign.checking import Inquiry

Command = TypeVar("Command", bound=Callable[..., None])
_PATH = click.Path(path_type=Path)
_OPTIONS = (
    click.option(
        "--rules", multiple=True, type=_PATH, metavar="FILE", help="Check a Prometheus rule file, or those in a folder."
    ),
    click.option(
        "--dashboards",
        multiple=True,
        type=_PATH,
        metavar="FILE",
        help="Check a Grafana dashboard, or a folder of them.",
    ),
    click.option(
        "--catalogue",
        multiple=True,
        metavar="SOURCE",
        help="What exists: a document of `watchbill metrics`, a registry, a scrape, or the address of a scrape or of a"
        " Prometheus. Several are merged.",
    ),
    click.option("--partial", is_flag=True, help="The catalogues do not know everything: be silent on other names."),
    click.option(
        "--target-label", multiple=True, metavar="NAME", help="A label that the scrape adds, beside the usual ones."
    ),
    click.option("--closed", is_flag=True, help="Label values that a scrape does not show do not exist."),
    click.option(
        "--scrape-interval",
        type=Duration(),
        default="15s",
        show_default=True,
        help="What windows in rule files and dashboards are held against.",
    ),
)


def with_inquiry(command: Command) -> Command:
    """Adds the options, and gives the command what they ask for as `inquiry`: None where they ask for nothing."""

    @wraps(command)
    def wrapped(*arguments: object, **options: Any) -> None:
        own = {name: options.pop(name) for name in _NAMES}
        command(*arguments, inquiry=_inquiry(**own), **options)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]  # it takes more options than the command it wraps


_NAMES = ("rules", "dashboards", "catalogue", "partial", "target_label", "closed", "scrape_interval")


def _inquiry(
    *,
    rules: tuple[Path, ...],
    dashboards: tuple[Path, ...],
    catalogue: tuple[str, ...],
    partial: bool,
    target_label: tuple[str, ...],
    closed: bool,
    scrape_interval: float,
) -> "Inquiry | None":
    if not rules and not dashboards:
        if catalogue or partial or target_label or closed:
            raise click.UsageError("--catalogue and its like go with --rules or --dashboards")
        return None
    from watchbill_stack.foreign.catalogue import Terms
    from watchbill_stack.foreign.checking import Inquiry
    from watchbill_stack.foreign.folder import dashboard_files, rule_files

    return Inquiry(
        rules=rule_files(rules),
        dashboards=dashboard_files(dashboards),
        catalogues=catalogue,
        terms=Terms(target_labels=target_label, are_values_all=closed),
        is_partial=partial,
        scrape_interval=scrape_interval,
    )
