"""A mistake in a declaration: where it is, what it is, and what to do about it."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

_OUR_PACKAGES = frozenset({"watchbill", "watchbill_alerts", "watchbill_dashboards", "watchbill_stack"})
_CONSTRUCTORS = frozenset({"__init__", "__post_init__", "__attrs_post_init__"})


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    @classmethod
    def of_caller(cls) -> "Place":
        """The nearest line outside Watchbill that led here."""
        frame = inspect.currentframe()
        if frame is None:
            return cls("<unknown>", 0)
        while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__"), frame.f_code.co_filename):
            frame = frame.f_back
        return cls(str(Path(frame.f_code.co_filename)), frame.f_lineno)

    @classmethod
    def of_maker(cls) -> "Place":
        """The line that makes an object, ours or not; called in its constructor, or as the default of a field.

        Constructors, written or generated, are passed over, and so is what they call.
        """
        frame = inspect.currentframe()
        seen_constructor = False
        while frame is not None and frame.f_back is not None:
            constructs = frame.f_code.co_name in _CONSTRUCTORS
            if seen_constructor and not constructs:
                break
            seen_constructor |= constructs
            frame = frame.f_back
        return cls("<unknown>", 0) if frame is None else cls(frame.f_code.co_filename, frame.f_lineno)

    @classmethod
    def of_call(cls) -> "Place":
        """The line that calls the function that calls this: what a function makes is its caller's."""
        frame = inspect.currentframe()
        for _ in range(2):
            frame = None if frame is None else frame.f_back
        return cls("<unknown>", 0) if frame is None else cls(frame.f_code.co_filename, frame.f_lineno)


def _is_ours(module: object, filename: str) -> bool:
    return filename.startswith("<") or (isinstance(module, str) and module.split(".", 1)[0] in _OUR_PACKAGES)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: its place, its cause, and the remedy."""

    place: Place
    cause: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.cause}\n  remedy: {self.remedy}"


@dataclass(frozen=True, kw_only=True)
class Declared:
    """Something a stack file declares: it remembers its line and finds its own mistakes.

    Constructors of declared objects never raise for a wrong value, so that one run reports all mistakes.
    """

    place: Place = field(default_factory=Place.of_caller, repr=False, compare=False)

    def problems(self) -> Iterator[Problem]:
        """Every mistake of this object alone."""
        yield from ()

    def problem(self, cause: str, remedy: str) -> Problem:
        """A mistake at the line that declared this object."""
        return Problem(self.place, cause, remedy)


def is_a(value: object, kind: type) -> bool:
    """Whether a value of a stack file is what its annotation promises: nobody type-checks a stack file."""
    return isinstance(value, kind)


def is_list(value: object) -> bool:
    """Whether a value is a list or tuple, of whatever."""
    return isinstance(value, list | tuple)


def is_texts(value: object) -> bool:
    """Whether a value maps texts to texts."""
    if not isinstance(value, Mapping):
        return False
    pairs = cast("Mapping[object, object]", value).items()
    return all(isinstance(part, str) for pair in pairs for part in pair)
