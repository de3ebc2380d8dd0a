"""Something the doctor found that a person should know, or mend."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["wrong", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`wrong` is for what keeps Watchbill from measuring; a note is for what is worth knowing."""

    level: Level
    subject: str
    cause: str
    remedy: str
