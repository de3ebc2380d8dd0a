"""grafanalib's classes with types: the only file that imports it."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # grafanalib publishes no types; these are the members that this room calls.
    class CoreTarget:
        """grafanalib's `Target`."""

        def to_json_data(self) -> dict[str, object]: ...

    class CorePanel:
        """grafanalib's `Panel`."""

        def panel_json(self, overrides: Mapping[str, object]) -> dict[str, object]: ...
        def to_json_data(self) -> dict[str, object]: ...

    class CoreRow:
        """grafanalib's `RowPanel`."""

        def to_json_data(self) -> dict[str, object]: ...

    class CoreDashboard:
        """grafanalib's `Dashboard`."""

        def to_json_data(self) -> dict[str, object]: ...

else:
    from grafanalib.core import Dashboard as CoreDashboard
    from grafanalib.core import Panel as CorePanel
    from grafanalib.core import RowPanel as CoreRow
    from grafanalib.core import Target as CoreTarget

__all__ = ["CoreDashboard", "CorePanel", "CoreRow", "CoreTarget", "plain"]


def plain(model: CoreDashboard) -> dict[str, Any]:
    """A dashboard and all it holds as dictionaries, lists, texts and numbers."""
    data: dict[str, Any] = json.loads(json.dumps(model, default=_json_data))
    return data


def _json_data(part: Any) -> object:
    return part.to_json_data()
