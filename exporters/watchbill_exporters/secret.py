"""Secrets: read from their file at each sign-in, so that a rotated one is used without a restart."""

from dataclasses import dataclass
from pathlib import Path

from watchbill_exporters.reason import TargetDown

_LONGEST = 65_536


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file whose content is a secret; only its path is ever printed."""

    path: str

    def read(self) -> str:
        """The content without its line end; raises TargetDown (auth) when there is none."""
        try:
            with Path(self.path).open(encoding="utf-8") as file:
                content = file.read(_LONGEST).strip("\r\n")
        except OSError as error:
            raise TargetDown("auth", f"password_file {self.path}: {error.strerror}") from error
        except UnicodeDecodeError:
            # `from None`: the decoder's error carries the bytes it read.
            raise TargetDown("auth", f"password_file {self.path} is no UTF-8 text") from None
        if not content:
            raise TargetDown("auth", f"password_file {self.path} is empty")
        return content
