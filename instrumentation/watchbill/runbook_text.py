"""A runbook as people write it: Markdown under four headings."""

import inspect
import re
from collections.abc import Callable, Iterator

SECTIONS = ("Meaning", "Impact", "First checks", "Mitigation")
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_NUMBERED = re.compile(r"^1\. ", re.MULTILINE)

Written = str | Callable[..., object]
"""The text itself, or a function or class whose docstring it is."""


def text_of(written: Written) -> str:
    """The text without its indentation; empty where a docstring is missing."""
    return inspect.cleandoc(written) if isinstance(written, str) else inspect.getdoc(written) or ""


def sections_of(written: Written) -> dict[str, str]:
    """What stands under each heading; what stands before the first is left out."""
    parts = _HEADING.split(text_of(written))[1:]
    return {title.strip(): body.strip() for title, body in zip(parts[::2], parts[1::2], strict=True)}


def faults_of(written: Written) -> Iterator[str]:
    """What keeps a text from becoming a runbook page; a section may lack."""
    if not isinstance(written, str) and not inspect.getdoc(written):
        yield f"{getattr(written, '__name__', written)} has no docstring"
        return
    found = sections_of(written)
    if text_of(written) and not found:
        yield f"it has no headings; put one of {', '.join(f'## {title}' for title in SECTIONS)} above each part"
    for title, body in found.items():
        if title not in SECTIONS:
            yield f"there is no section {title!r}; there are {', '.join(SECTIONS)}"
        elif not body:
            yield f"its section {title!r} is empty"
        elif title == "First checks" and not _NUMBERED.search(body):
            yield "its first checks are no numbered list"
