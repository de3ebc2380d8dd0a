"""A dashboard in the house style."""

from collections.abc import Mapping, Sequence

from attrs import define, field

from watchbill.problem import Place
from watchbill_dashboards.annotation import Mark, Own
from watchbill_dashboards.grafana import CoreDashboard
from watchbill_dashboards.panel import Panel
from watchbill_dashboards.row import Row, placed
from watchbill_dashboards.variable import Choice, DataSource

SCHEMA_VERSION = 42
"""The last version of Grafana's Classic model."""

_ONE_CROSSHAIR = 1
_REFRESH = ("5s", "10s", "30s", "1m", "5m", "15m")


@define(kw_only=True, slots=False, eq=False)
class Dashboard(CoreDashboard):
    """Rows of panels under variables and marks; opens on the last hour.

    `place` is the line that made it, `declared` the line of the stack file that asked for it.
    """

    title: str
    uid: str
    description: str
    layout: Sequence[Row]
    variables: Sequence[DataSource | Choice] = ()
    marks: Sequence[Mark] = ()
    tags: Sequence[str] = ()
    refresh: str = "10s"
    place: Place = field(factory=Place.of_maker, repr=False)
    declared: Place | None = field(default=None, repr=False)
    # Panels of plain grafanalib may be appended here; they carry their own id and gridPos.
    panels: list[object] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.panels = list(placed(self.layout))

    @property
    def keys(self) -> Mapping[str, int]:
        """The id of every panel by its key."""
        return {panel.key: panel.id for panel in self.panels if isinstance(panel, Panel)}

    def to_json_data(self) -> dict[str, object]:
        """grafanalib's dashboard, with current settings."""
        return CoreDashboard.to_json_data(self) | {
            "annotations": {"list": [Own(), *self.marks]},
            "fiscalYearStartMonth": 0,
            "graphTooltip": _ONE_CROSSHAIR,
            "panels": self.panels,
            "schemaVersion": SCHEMA_VERSION,
            "tags": list(self.tags),
            "templating": {"list": list(self.variables)},
            "time": {"from": "now-1h", "to": "now"},
            "timepicker": {"refresh_intervals": list(_REFRESH)},
            "timezone": "browser",
            "version": 1,
        }
