"""`watchbill panels`: does every panel return data?"""

import json
from pathlib import Path
from typing import Any, cast

import click
import httpx
from rich.console import Console
from rich.table import Table

from watchbill_dashboards.panel_check import PanelResult, check_dashboards


def _base_address(_: click.Context, __: click.Parameter, value: str) -> str:
    try:
        address = httpx.URL(value)
    except httpx.InvalidURL as error:
        raise click.BadParameter(str(error)) from error
    if address.scheme not in {"http", "https"} or not address.host:
        raise click.BadParameter("give an address such as http://127.0.0.1:9090")
    return value


@click.command()
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--prometheus",
    required=True,
    metavar="URL",
    callback=_base_address,
    help="A Prometheus, such as http://127.0.0.1:9090.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def panels(folder: Path, prometheus: str, *, as_json: bool) -> None:
    """Run every query of every dashboard in FOLDER against a live Prometheus; exit 1 when a panel has no data."""
    files = sorted(folder.glob("*.json"))
    if not files:
        raise click.BadParameter(f"{folder} holds no dashboard; `watchbill build` writes some", param_hint="FOLDER")
    dashboards = [_dashboard(file) for file in files]
    with httpx.Client(timeout=30) as client:
        results = check_dashboards(dashboards, prometheus, client)
    _print(results, as_json=as_json)
    with_data = sum(result.state == "data" for result in results)
    click.echo(f"watchbill: {with_data} of {len(results)} panels have data", err=True)
    if with_data < len(results):
        raise click.exceptions.Exit(1)


def _dashboard(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.BadParameter(f"{file} is no JSON: {error}", param_hint="FOLDER") from error
    if not isinstance(content, dict) or not {"uid", "panels", "templating"} <= content.keys():
        raise click.BadParameter(f"{file} is no dashboard; `watchbill build` writes some", param_hint="FOLDER")
    return cast("dict[str, Any]", content)


def _print(results: list[PanelResult], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"dashboard": one.dashboard, "panel": one.panel, "state": one.state, "reason": one.reason}
            for one in results
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    table = Table("dashboard", "panel", "state", "reason", box=None, pad_edge=False)
    for one in results:
        table.add_row(one.dashboard, one.panel, one.state, one.reason)
    Console().print(table)
