"""Files and lines as people read them."""

from pathlib import Path

from watchbill.problem import Place


def shown_file(file: str) -> str:
    """Relative to the working directory where it lies below it, otherwise whole."""
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else file


def shown_place(place: Place) -> str:
    """`file:line`, which terminals and editors open."""
    return f"{shown_file(place.file)}:{place.line}" if place.line else shown_file(place.file)
