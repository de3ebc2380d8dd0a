"""Wheel build: the page's libraries from npm go into the wheel, so that an installed Watchbill asks nothing outside."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageAssets(BuildHookInterface):  # type: ignore[type-arg]  # its parameter, a builder's configuration, is not used
    """Fetches the page's assets where they are missing; an editable installation does without."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling's signature
        """Ends the build with one clear message when npm is needed and fails."""
        if self.target_name != "wheel" or version == "editable":
            return
        page_files = _page_files(Path(self.root))
        try:
            if page_files.missing_assets():
                page_files.install_assets()
        except RuntimeError as error:
            self.app.abort(f"The page's files cannot be packed: {error}")


def _page_files(root: Path) -> ModuleType:
    """The package's own module, loaded by path: the package cannot be imported while it is built."""
    path = root / "dashboards" / "watchbill_dashboards" / "page_files.py"
    spec = importlib.util.spec_from_file_location("page_files", path)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{path} is missing; build from a whole source tree")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
