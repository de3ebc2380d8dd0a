"""What the filter says about a text."""

from dataclasses import dataclass
from typing import Literal

BLOCKED_WORDS = frozenset({"bomb", "poison", "counterfeit"})

Source = Literal["prescreen", "cache", "moderation"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The flags a text earned, and who said so; without flags it may be published. `asked` is the API's time, in s."""

    flags: tuple[str, ...]
    source: Source
    asked: float = 0.0

    @property
    def is_blocked(self) -> bool:
        """Whether the text may not be published."""
        return bool(self.flags)

    def as_dict(self) -> dict[str, object]:
        """The verdict as the API answers it."""
        return {"blocked": self.is_blocked, "flags": list(self.flags), "source": self.source}


def prescreened(text: str) -> Verdict | None:
    """The verdict on a text that needs no second look, or None."""
    found = BLOCKED_WORDS.intersection(text.lower().split())
    return Verdict(tuple(sorted(found)), "prescreen") if found else None
