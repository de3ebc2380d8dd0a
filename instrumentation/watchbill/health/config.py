"""Where the health pages are, and how often checks run."""

from dataclasses import dataclass

from watchbill.problem import is_a

DEFAULT_PATH = "/health"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Health of an Observability.

    Pages are served below `path`; None stands for `/health` as soon as a check is registered, and an empty path for
    no pages at all. Only a path that is given adds `/performance` and `/status` beside it: `/api/status` for
    `/api/health`. An answer may be `max_age` seconds old. Checks run `every` so many seconds even when nobody asks;
    None leaves them to those who ask.
    """

    path: str | None = None
    max_age: float = 1.0
    every: float | None = 15.0

    def faults(self) -> list[str]:
        """Every value that cannot be used."""
        faults: list[str] = []
        path = self.path
        if path is not None and not (is_a(path, str) and _is_path(path)):
            faults.append(f"health path={path!r}: give a path such as /api/health, or an empty one for no pages")
        if not _is_length(self.max_age) or self.max_age < 0:
            faults.append(f"max_age={self.max_age!r}: give seconds, 0 or more")
        if self.every is not None and (not _is_length(self.every) or self.every < 1):
            faults.append(f"every={self.every!r}: give seconds, 1 or more, or None")
        return faults


def _is_path(path: str) -> bool:
    return not path or (path.startswith("/") and len(path.rstrip("/")) > 0 and not {"?", "#", "{"} & set(path))


def _is_length(value: object) -> bool:
    return (is_a(value, float) or is_a(value, int)) and abs(float(str(value))) < float("inf")
