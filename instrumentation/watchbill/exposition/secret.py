"""A secret that lies in a file or in an environment variable."""

import os
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

LARGEST_BYTES = 64 * 1024

Version = tuple[int, int, int]


class Secret:
    """Read when it is needed, and again when its file changes. Thread-safe."""

    def __init__(self, file: str | os.PathLike[str], variable: str, environ: Mapping[str, str] | None = None) -> None:
        self._file = Path(file) if file else None
        self._variable = variable
        self._environ = os.environ if environ is None else environ
        self._lock = Lock()
        self._version: Version | None = None
        self._value = ""

    def __repr__(self) -> str:
        return f"Secret({str(self._file) if self._file else self._variable!r})"

    def read(self) -> str:
        """The secret without white space around it; OSError or ValueError, which do not repeat it, without one."""
        value = self._environ.get(self._variable, "").strip() if self._file is None else self._read_file(self._file)
        if not value:
            raise ValueError(f"{self._file or self._variable} is empty: write the secret there")
        return value

    def _read_file(self, file: Path) -> str:
        found = file.stat()
        version = (found.st_mtime_ns, found.st_size, found.st_ino)
        with self._lock:
            if version != self._version:
                if found.st_size > LARGEST_BYTES:
                    raise ValueError(f"{file} is too large for a secret")
                self._value, self._version = _text(file), version
            return self._value


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise ValueError(f"{file} is no UTF-8 text") from None
