"""A heading and the panels under it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from attrs import define, field

from watchbill.links import panel_id
from watchbill_dashboards.grafana import CoreRow
from watchbill_dashboards.grid import WIDTH, Cell, flow
from watchbill_dashboards.panel import Panel


@define(kw_only=True, slots=False, eq=False)
class Heading(CoreRow):
    """Grafana's row panel, open: what stands under it follows it in the dashboard."""

    title: str
    top: int
    id: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.id = panel_id(f"row {self.title}")

    def to_json_data(self) -> dict[str, object]:
        """The row as Grafana takes it."""
        place = Cell(0, self.top, WIDTH, 1)
        return {
            "type": "row",
            "id": self.id,
            "title": self.title,
            "collapsed": False,
            "gridPos": place,
            "panels": [],
        }


@dataclass(frozen=True, slots=True)
class Row:
    """A title and panels in reading order."""

    title: str
    panels: Sequence[Panel]


def placed(rows: Sequence[Row]) -> Iterator[Heading | Panel]:
    """Headings and panels from top to bottom, each in its place; rows without panels are left out."""
    top = 0
    for row in rows:
        if not row.panels:
            continue
        yield Heading(title=row.title, top=top)
        places, top = flow(row.panels, top + 1)
        for panel, place in zip(row.panels, places, strict=True):
            panel.position = place
            yield panel
