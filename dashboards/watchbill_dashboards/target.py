"""Queries of panels."""

from typing import Literal

from attrs import define, field

from watchbill.catalogue import Label
from watchbill.expression import Expression
from watchbill.names import CLASSIC, Names
from watchbill.problem import Place
from watchbill_dashboards.grafana import CoreTarget

PROMETHEUS = {"type": "prometheus", "uid": "${datasource}"}
"""The data source that the reader chooses above the dashboard."""

Mode = Literal["range", "instant", "table"]


@define(kw_only=True, slots=False, eq=False)
class Target(CoreTarget):
    """One Prometheus query: an expression, written out under a names profile, or PromQL as text.

    A label as `legend` names each series by its value. `mode` is `range` over the dashboard's time, `instant` at its
    end, or `table`: instant, with labels as columns. `place` is the line that made it.
    """

    expression: Expression | str
    names: Names = CLASSIC
    legend: str | Label = ""
    mode: Mode = "range"
    exemplar: bool = False
    refId: str = ""  # noqa: N815  # grafanalib's attribute
    place: Place = field(factory=Place.of_maker, repr=False)

    expr: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        text = self.expression
        self.expr = text.promql(self.names) if isinstance(text, Expression) else text

    @property
    def legend_format(self) -> str:
        """The legend as Grafana writes it: `{{label}}` stands for a label's value."""
        return f"{{{{{self.names.label(self.legend)}}}}}" if isinstance(self.legend, Label) else self.legend

    def to_json_data(self) -> dict[str, object]:
        """The query as Grafana's Prometheus data source takes it."""
        return {
            "datasource": PROMETHEUS,
            "editorMode": "code",
            "exemplar": self.exemplar,
            "expr": self.expr,
            "format": "table" if self.mode == "table" else "time_series",
            "instant": self.mode != "range",
            "legendFormat": self.legend_format,
            "range": self.mode == "range",
            "refId": self.refId,
        }
