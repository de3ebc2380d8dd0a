"""A YAML file with its line numbers, so that every mistake names its place."""

import re
from pathlib import Path

import yaml

from watchbill.problem import Place, Problem
from watchbill_exporters.configuration.section import Section, composed

# What follows is the name of an alias or a tag: text that begins so may well be a password.
_UNDEFINED = re.compile(r"(found undefined [a-z ]+) '.*", re.DOTALL)
_REMEDY = "correct this line; text with special characters stands between quotes"


def read_section(path: Path, problems: list[Problem], *, title: str, may_be_empty: bool = False) -> Section | None:
    """The settings of a file; None, and a problem, when it holds none."""
    place = Place(str(path), 1)
    try:
        node = composed(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(Problem(place, f"cannot be read: {error.strerror}", "name a file that exists"))
    except UnicodeDecodeError:
        problems.append(Problem(place, "is no UTF-8 text", "save it as UTF-8"))
    except (yaml.YAMLError, RecursionError) as error:
        problems.append(_syntax(place, error))
    else:
        if isinstance(node, yaml.MappingNode):
            return Section.of(node, place, title, problems)
        if node is None and may_be_empty:
            return Section({}, place, title, problems)
        problems.append(Problem(place, "holds no settings", "give `key: value` lines"))
    return None


def _syntax(place: Place, error: Exception) -> Problem:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    cause = error.problem if isinstance(error, yaml.MarkedYAMLError) else None
    cause = _UNDEFINED.sub(r"\1", cause or "it cannot be read").replace("second occurrence", "found an anchor twice")
    line = mark.line + 1 if mark is not None else 1
    return Problem(Place(place.file, line), f"is no YAML: {cause}", _REMEDY)
