"""Panels in the house style: a title for people, a description, a unit, bounded legends, a stable id."""

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_uppercase
from typing import ClassVar

from attrs import define, field

from watchbill.catalogue import Unit
from watchbill.errors import InvalidDeclaration
from watchbill.expression import Expression
from watchbill.links import panel_id
from watchbill.problem import Place
from watchbill_dashboards.explore import Link
from watchbill_dashboards.grafana import CorePanel
from watchbill_dashboards.grid import Cell
from watchbill_dashboards.steps import PLAIN, Colour, Steps
from watchbill_dashboards.target import PROMETHEUS, Target


@define(kw_only=True, slots=False, eq=False)
class Panel(CorePanel):
    """What every panel has. `key` names it in links; `width` and `height` are in units of Grafana's grid.

    The unit is that of its first expression, unless one is given. `texts` replaces values by words, each with a colour.
    `place` is the line that made it, `declared` the line of the stack file that asked for it, `suppressed` the reasons
    why findings of `watchbill check` do not count, by the rule's id.
    Raises InvalidDeclaration where title, description or unit is missing.
    """

    kind: ClassVar[str] = ""

    key: str
    title: str
    description: str
    targets: Sequence[Target]
    unit: Unit | None = None
    width: int = 8
    height: int = 8
    steps: Steps = PLAIN
    decimals: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    no_value: str = "no data"
    texts: Mapping[str, tuple[str, Colour | None]] = field(factory=dict[str, tuple[str, Colour | None]])
    links: Sequence[Link] = ()
    position: Cell | None = None
    place: Place = field(factory=Place.of_maker, repr=False)
    declared: Place | None = field(default=None, repr=False)
    suppressed: Mapping[str, str] = field(factory=dict[str, str])

    id: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise InvalidDeclaration(f"panel {self.key!r}", faults)
        self.id = panel_id(self.key)
        for letter, target in zip(ascii_uppercase, self.targets, strict=False):
            target.refId = target.refId or letter

    def _faults(self) -> Iterator[str]:
        if not self.title.strip():
            yield "give a title that a person understands"
        if not self.description.strip():
            yield "give a description: what it shows, and what to make of it"
        if not 0 < len(self.targets) <= len(ascii_uppercase):
            yield f"it has {len(self.targets)} queries; give 1 to {len(ascii_uppercase)}"
        elif self.unit is None and not isinstance(self.targets[0].expression, Expression):
            yield "its unit is unknown, because its first query is text: give unit=Unit.…"

    @property
    def shown_unit(self) -> Unit:
        """The unit of its values."""
        expression = self.targets[0].expression
        return self.unit or (expression.unit if isinstance(expression, Expression) else Unit.COUNT)

    def options(self) -> Mapping[str, object]:
        """What Grafana keeps under the panel's `options`."""
        return {}

    def defaults(self) -> Mapping[str, object]:
        """What Grafana keeps under `fieldConfig.defaults`, beside what every panel has."""
        return {}

    def overrides(self) -> Sequence[Mapping[str, object]]:
        """Exceptions by the name of a series or column."""
        return ()

    def to_json_data(self) -> dict[str, object]:
        """grafanalib's panel, with current options."""
        defaults: dict[str, object] = {
            "unit": self.shown_unit.grafana,
            "decimals": self.decimals,
            "min": self.minimum,
            "max": self.maximum,
            "noValue": self.no_value,
            "mappings": self._mappings(),
            "thresholds": self.steps.to_json_data(),
        }
        return self.panel_json(
            {
                "type": self.kind,
                "id": self.id,
                "datasource": PROMETHEUS,
                "gridPos": self.position,
                "links": list(self.links),
                "maxDataPoints": None,
                "targets": list(self.targets),
                "options": dict(self.options()),
                "fieldConfig": {
                    "defaults": defaults | dict(self.defaults()),
                    "overrides": list(self.overrides()),
                },
            }
        )

    def _mappings(self) -> list[dict[str, object]]:
        if not self.texts:
            return []
        options = {
            value: {"index": index, "text": text} | ({"color": colour} if colour else {})
            for index, (value, (text, colour)) in enumerate(self.texts.items())
        }
        return [{"type": "value", "options": options}]


def named(name: str, **properties: object) -> dict[str, object]:
    """An exception for the series or column of this name.

    Grafana's schema allows only objects as values of properties, so units and widths cannot be set this way.
    """
    return {
        "matcher": {"id": "byNames", "options": {"mode": "include", "names": [name]}},
        "properties": [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()],
    }
