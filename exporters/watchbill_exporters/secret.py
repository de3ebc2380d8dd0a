"""Secrets: read at each sign-in, so that a rotated one is used without a restart."""

import os
import stat
from dataclasses import dataclass
from typing import Protocol

from watchbill_exporters.reason import TargetDown

_LONGEST = 65_536


class Secret(Protocol):
    """Where a secret is; it is never printed itself."""

    def read(self) -> str:
        """The secret; raises TargetDown (auth) when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file whose content is a secret; only its path is ever printed, with the `option` that names it."""

    path: str
    option: str = "password_file"

    def read(self) -> str:
        """The content without its line end; raises TargetDown (auth) when there is none."""
        try:
            with open(self.path, encoding="utf-8", opener=_at_once) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise TargetDown("auth", f"{self.option} {self.path} is no regular file")
                content = file.read(_LONGEST + 1).strip("\r\n")
        except OSError as error:
            raise TargetDown("auth", f"{self.option} {self.path}: {error.strerror}") from error
        except UnicodeDecodeError:
            # `from None`: the decoder's error carries the bytes it read.
            raise TargetDown("auth", f"{self.option} {self.path} is no UTF-8 text") from None
        if not content:
            raise TargetDown("auth", f"{self.option} {self.path} is empty")
        if len(content) > _LONGEST:
            raise TargetDown("auth", f"{self.option} {self.path} is too long for a password")
        return content


@dataclass(frozen=True, slots=True)
class SecretVariable:
    """A variable of the environment whose value is a secret; only its name is ever printed."""

    name: str

    def read(self) -> str:
        """The value without its line end; raises TargetDown (auth) when it is empty or not set."""
        value = os.environ.get(self.name, "").strip("\r\n")
        if not value:
            raise TargetDown("auth", f"password_variable {self.name} is empty or not set")
        return value


def _at_once(path: str, flags: int) -> int:
    """Opens a pipe too without waiting for its writer: all targets would wait with it."""
    return os.open(path, flags | os.O_NONBLOCK)
