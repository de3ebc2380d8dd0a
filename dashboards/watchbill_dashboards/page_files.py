"""The page's files: where they are, and the libraries that npm brings them."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_PAGE = Path(__file__).resolve().parent / "page"
_FROM_NPM = {
    "uPlot.esm.js": "uplot/dist/uPlot.esm.js",
    "uPlot.esm.d.ts": "uplot/dist/uPlot.d.ts",
    "uPlot.min.css": "uplot/dist/uPlot.min.css",
    "uPlot.LICENSE": "uplot/LICENSE",
    "inter.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter.LICENSE": "@fontsource-variable/inter/LICENSE",
}
_LOCKED = ("package.json", "package-lock.json", ".npmrc")


class AssetsMissing(RuntimeError):
    """npm is absent or failed; the message says which and what to do."""


def page_directory() -> Path:
    """The folder that a server offers under /page/; its index.html answers / and /d/<uid>."""
    return _PAGE


def missing_assets() -> list[str]:
    """Names of the files from npm that are not in page/assets; without them no chart is drawn."""
    served = [name for name in _FROM_NPM if not name.endswith(".d.ts")]
    return [name for name in served if not (_PAGE / "assets" / name).is_file()]


def install_assets() -> None:
    """Fetch the locked versions through npm into page/assets; raises AssetsMissing."""
    npm = shutil.which("npm")
    if npm is None:
        raise AssetsMissing("npm, which fetches the page's chart library, is not on PATH. Install Node.js 20 or later.")
    assets = _PAGE / "assets"
    assets.mkdir(exist_ok=True)
    # Beside the target, so that the moves below are atomic and two installations at once do no harm.
    with tempfile.TemporaryDirectory(prefix=".installing-", dir=assets) as folder:
        place = Path(folder)
        for name in _LOCKED:
            shutil.copy(_PAGE / name, place / name)
        command = [npm, "ci", "--ignore-scripts", "--no-progress"]
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)  # noqa: S603  fixed words
        if done.returncode:
            raise AssetsMissing(f"`npm ci` in {_PAGE} failed:\n{done.stderr.strip()}")
        for name, source in _FROM_NPM.items():
            (place / "node_modules" / source).replace(assets / name)


if __name__ == "__main__":
    try:
        install_assets()
    except AssetsMissing as error:
        sys.exit(str(error))
