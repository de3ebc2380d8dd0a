"""Where the filter finds its Redis and the moderation API; the password comes from a file."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """The Redis address is host:port; the moderation API listens on a Unix socket."""

    redis_address: str
    redis_password_file: Path
    moderation_socket: Path

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read `FILTER_*`; raises KeyError naming the variable that is missing."""
        return cls(
            redis_address=os.environ["FILTER_REDIS_ADDRESS"],
            redis_password_file=Path(os.environ["FILTER_REDIS_PASSWORD_FILE"]),
            moderation_socket=Path(os.environ["FILTER_MODERATION_SOCKET"]),
        )
