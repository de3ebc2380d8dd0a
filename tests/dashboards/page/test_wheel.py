"""The wheel holds the page whole."""

import subprocess
import sys
import zipfile
from pathlib import Path

from watchbill_dashboards.page_files import missing_assets, page_directory


def test_a_wheel_carries_the_page_and_its_libraries_but_no_tools_of_their_making(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=root,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    inside = "watchbill_dashboards/page/"
    names = {name.removeprefix(inside) for name in zipfile.ZipFile(wheel).namelist() if name.startswith(inside)}
    served = {
        str(path.relative_to(page_directory()))
        for path in page_directory().rglob("*")
        if path.suffix in {".js", ".css", ".html", ".svg", ".woff2", ".LICENSE"} and "node_modules" not in path.parts
    }
    assert names == served
    assert missing_assets() == []
