"""One state of a stack: everything it renders to, read as data."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, cast

import yaml

from watchbill.documents.decoding import WrongDocument, decoded
from watchbill.documents.document import Document
from watchbill.errors import WatchbillError
from watchbill.problem import Place, Problem
from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_stack.build import render
from watchbill_stack.difference.revision import rendered_at
from watchbill_stack.output import LISTING, RENDERED

Content = dict[str, Any]
RULES = PurePosixPath("alerts", RENDERED, "rules")
RUNBOOKS = PurePosixPath("alerts", RENDERED, "runbooks")
TESTS = PurePosixPath("alerts", RENDERED, "tests")
ALERTMANAGER = PurePosixPath("alerts", RENDERED, "alertmanager", "alertmanager.yml")
DASHBOARDS = PurePosixPath("dashboards", RENDERED)
PROMETHEUS = PurePosixPath("compose", RENDERED, "prometheus.yml")
EXPORTER = PurePosixPath("compose", RENDERED, "exporter.yaml")
METRICS = PurePosixPath("compose", RENDERED, "metrics.json")
HERE = "this folder"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_REMEDY = "build that state anew, or give another"


class WrongState(WatchbillError, ValueError):
    """Rendered output cannot be read; `problems` holds everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


@dataclass
class State:
    """Rendered files by path; `name` is what people call the state. What cannot be read is in `problems`."""

    name: str
    files: Mapping[PurePosixPath, str]
    problems: list[Problem] = field(default_factory=list[Problem])

    @classmethod
    def of_stack(cls, stack: Stack, profile: Profile) -> "State":
        """What a stack renders to now."""
        return cls("the stack", render(stack, profile))

    @classmethod
    def of_folder(cls, folder: Path) -> "State":
        """What `watchbill build` wrote into a folder; raises WrongState where there is nothing."""
        found = sorted(path for room in folder.glob(f"*/{RENDERED}") for path in room.rglob("*") if path.is_file())
        try:
            files = {PurePosixPath(path.relative_to(folder).as_posix()): path.read_bytes() for path in found}
        except OSError as error:
            problem = Problem(Place(str(error.filename), 0), f"cannot be read: {error.strerror}", _REMEDY)
            raise WrongState((problem,)) from None
        return cls._of(str(folder) if folder != Path() else HERE, files)

    @classmethod
    def of_revision(cls, revision: str, folder: Path) -> "State":
        """What a git revision holds of a folder's rendered output; raises NoRevision, or WrongState for nothing."""
        commit, files = rendered_at(revision, folder)
        return cls._of(revision if commit.startswith(revision) else f"{revision} ({commit[:10]})", files)

    @classmethod
    def _of(cls, name: str, files: Mapping[PurePosixPath, bytes]) -> "State":
        if not files:
            cause = f"no file lies in {RENDERED}/ of any room"
            raise WrongState((Problem(Place(name, 0), cause, "`watchbill build` writes some; commit them"),))
        return cls(name, {path: content.decode("utf-8", "replace") for path, content in files.items()})

    def below(self, folder: PurePosixPath, *endings: str) -> Iterator[PurePosixPath]:
        """The files in a folder that end so, in order."""
        yield from sorted(path for path in self.files if folder in path.parents and path.suffix in endings)

    def unlike(self, other: "State", folder: PurePosixPath, *endings: str) -> Iterator[PurePosixPath]:
        """The files in a folder that the other state does not have, or has otherwise."""
        yield from (path for path in self.below(folder, *endings) if self.files[path] != other.files.get(path))

    def mapping(self, path: PurePosixPath) -> Content:
        """A YAML or JSON file; empty where there is none or, noted in `problems`, where it cannot be read."""
        text = self.files.get(path)
        if text is None:
            return {}
        try:
            content: object = json.loads(text) if path.suffix == ".json" else yaml.load(text, _Loader)  # noqa: S506  # it is the safe loader, in C where there is one
        except yaml.MarkedYAMLError as error:
            self._problem(
                path, f"it is no YAML: {error.problem}", error.problem_mark.line + 1 if error.problem_mark else 0
            )
        except json.JSONDecodeError as error:
            self._problem(path, f"it is no JSON: {error.msg}", error.lineno)
        except (ValueError, RecursionError, yaml.YAMLError) as error:
            self._problem(path, f"it cannot be read: {error}")
        else:
            if isinstance(content, dict):
                return cast("Content", content)
            self._problem(path, "it is no mapping")
        return {}

    def document(self) -> Document | None:
        """The metrics; None where the state has none, as one that an older Watchbill rendered."""
        text = self.files.get(METRICS)
        if text is None:
            return None
        try:
            return decoded(text, self._named(METRICS))
        except WrongDocument as error:
            self.problems += error.problems
            return None

    def _problem(self, path: PurePosixPath, cause: str, line: int = 0) -> None:
        self.problems.append(Problem(Place(self._named(path), line), cause, _REMEDY))

    def _named(self, path: PurePosixPath) -> str:
        return f"{self.name}:{path}" if self.name != HERE else str(path)


def is_said_elsewhere(path: PurePosixPath) -> bool:
    """Whether a file only repeats what others say: listings and rule tests."""
    return path.name == LISTING or TESTS in path.parents
