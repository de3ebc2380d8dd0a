"""Rules of the checker: what each looks for, how bad it is, and why it matters."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
"""An error fails `check` and `build`, a warning fails `check --strict`, info never fails."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of mistake.

    `id` is what people type, `title` fits in a table, `why` is one paragraph for `--explain`.
    """

    id: str
    severity: Severity
    title: str
    why: str

    def __str__(self) -> str:
        return self.id
