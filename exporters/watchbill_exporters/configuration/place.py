"""Where a setting was given: a line of a file, or a variable of the environment."""

from dataclasses import dataclass

from watchbill.problem import Place

PREFIX = "WATCHBILL_EXPORTER_"


@dataclass(frozen=True, slots=True)
class Variable(Place):
    """A variable of the environment; `file` is its name, and `stem` what stands before a setting's own name."""

    line: int = 0
    stem: str = PREFIX

    def __str__(self) -> str:
        return self.file

    def sibling(self, key: str) -> str:
        """The variable that gives another setting of the same subject."""
        return self.stem + key.upper()
