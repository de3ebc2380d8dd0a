"""One number, large."""

from collections.abc import Mapping
from typing import ClassVar

from attrs import define

from watchbill_dashboards.panel import Panel


@define(kw_only=True, slots=False, eq=False)
class Stat(Panel):
    """The value now of one query, or of several with their names. Coloured by `steps` or `texts`."""

    kind: ClassVar[str] = "stat"

    width: int = 4
    height: int = 4

    def options(self) -> Mapping[str, object]:
        return {
            "colorMode": "background" if self.steps.levels or self.texts else "value",
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "percentChangeColorMode": "standard",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "showPercentChange": False,
            "textMode": "value_and_name" if len(self.targets) > 1 else "value",
            "wideLayout": True,
        }

    def defaults(self) -> Mapping[str, object]:
        return {"color": {"mode": "thresholds"}}
