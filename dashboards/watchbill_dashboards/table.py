"""Rows of labels and values now."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from attrs import define, field

from watchbill.catalogue import Label
from watchbill_dashboards.explore import Link
from watchbill_dashboards.panel import Panel, named
from watchbill_dashboards.steps import PLAIN, Steps
from watchbill_dashboards.target import Target


@define(kw_only=True, slots=False, eq=False)
class Column:
    """A value of every row. Its title tells its unit where the table's columns differ in it."""

    title: str
    target: Target
    steps: Steps = PLAIN


@define(kw_only=True, slots=False, eq=False)
class Table(Panel):
    """One row for each value of the label `by`, one column for each query; sorted by a column's title.

    `titled` heads the first column. `focus` is where a click on a row leads.
    """

    kind: ClassVar[str] = "table"

    by: Label
    titled: str
    columns: Sequence[Column]
    sorted_by: str = ""
    ascending: bool = False
    focus: Link | None = None
    width: int = 12
    targets: Sequence[Target] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.targets = [column.target for column in self.columns]
        Panel.__attrs_post_init__(self)

    def options(self) -> Mapping[str, object]:
        order = {"displayName": self.sorted_by or self.titled, "desc": not self.ascending}
        return {"cellHeight": "sm", "frameIndex": 0, "showHeader": True, "sortBy": [order]}

    def defaults(self) -> Mapping[str, object]:
        return {
            "color": {"mode": "thresholds"},
            "custom": {"align": "auto", "inspect": False},
            "links": [self.focus] if self.focus else [],
        }

    def overrides(self) -> Sequence[Mapping[str, object]]:
        return [
            named(column.title, thresholds=column.steps, custom__cellOptions={"type": "color-text"})
            for column in self.columns
            if column.steps.levels
        ]

    def to_json_data(self) -> dict[str, object]:
        by = self.targets[0].names.label(self.by)
        values = ["Value"] if len(self.columns) == 1 else [f"Value #{target.refId}" for target in self.targets]
        organize: dict[str, object] = {
            "excludeByName": {"Time": True},
            "indexByName": {name: index for index, name in enumerate([by, *values])},
            "renameByName": {by: self.titled}
            | {value: column.title for value, column in zip(values, self.columns, strict=True)},
        }
        nothing: dict[str, object] = {}
        transformations = [{"id": "merge", "options": nothing}, {"id": "organize", "options": organize}]
        return Panel.to_json_data(self) | {"transformations": transformations}
