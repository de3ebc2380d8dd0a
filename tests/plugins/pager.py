"""A receiver for tests of what owns receivers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from watchbill.problem import Declared


@dataclass(frozen=True)
class Pager(Declared):
    """The least that is a receiver."""

    number: str = "1"

    def integration(self) -> tuple[str, Mapping[str, object]]:
        """A webhook without settings."""
        return "webhook_configs", {}

    def delivered_to(self, address: str, secrets: Path) -> Self:  # noqa: ARG002  # a pager has one address
        """Itself."""
        return self
