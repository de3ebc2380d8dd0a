"""Values over time."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from attrs import define, field

from watchbill_dashboards.panel import Panel, named
from watchbill_dashboards.steps import Colour


@define(kw_only=True, slots=False, eq=False)
class TimeSeries(Panel):
    """Lines over time, or areas on top of each other. Levels of `steps` are drawn as dashed lines.

    `colours` and `dashed` go by a series' name in the legend. A legend of many series is a table with the last value
    and the largest.
    """

    kind: ClassVar[str] = "timeseries"

    stacked: bool = False
    many: bool = False
    colours: Mapping[str, Colour] = field(factory=dict[str, Colour])
    dashed: Sequence[str] = ()
    minimum: float | None = 0

    def options(self) -> Mapping[str, object]:
        return {
            "legend": {
                "calcs": ["lastNotNull", "max"] if self.many else [],
                "displayMode": "table" if self.many else "list",
                "placement": "bottom",
                "showLegend": True,
            },
            "tooltip": {"mode": "multi", "sort": "desc"},
        }

    def defaults(self) -> Mapping[str, object]:
        return {
            "color": {"mode": "palette-classic"},
            "custom": {
                "drawStyle": "line",
                "fillOpacity": 40 if self.stacked else 8,
                "lineInterpolation": "linear",
                "lineWidth": 1,
                "showPoints": "never",
                "spanNulls": False,
                "stacking": {"group": "A", "mode": "normal" if self.stacked else "none"},
                "thresholdsStyle": {"mode": "dashed" if self.steps.levels else "off"},
            },
        }

    def overrides(self) -> Sequence[Mapping[str, object]]:
        coloured = [named(name, color={"mode": "fixed", "fixedColor": colour}) for name, colour in self.colours.items()]
        dash = {"fill": "dash", "dash": [10, 10]}
        return [*coloured, *(named(name, custom__lineStyle=dash) for name in self.dashed)]
