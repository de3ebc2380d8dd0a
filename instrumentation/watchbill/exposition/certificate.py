"""The certificate of a server, from files that may be renewed while it runs."""

import os
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock

from watchbill.errors import InvalidDeclaration


class Certificate:
    """A chain and its key, as PEM files; InvalidDeclaration when they cannot be read or do not fit.

    `adjust` completes each context that is made of them, from `others`: files that count as well when they change.
    """

    def __init__(
        self,
        file: str | os.PathLike[str],
        key_file: str | os.PathLike[str],
        *others: str | os.PathLike[str],
        adjust: Callable[[ssl.SSLContext], None] | None = None,
    ) -> None:
        self._files = (Path(file), Path(key_file))
        self._others = tuple(map(Path, others))
        self._adjust = adjust
        self._lock = Lock()
        try:
            self._version, self._context = self._found(), self._loaded()
        except (OSError, ValueError) as error:
            message = f"{file} with the key {key_file} cannot be used: {error}"
            raise InvalidDeclaration("Certificate", [message]) from error

    def context(self) -> ssl.SSLContext:
        """What new connections use: files that have changed are read again, and the old ones used until they fit."""
        with self._lock, suppress(OSError):
            version = self._found()
            if version != self._version:
                self._context, self._version = self._loaded(), version
        return self._context

    def _found(self) -> tuple[int, ...]:
        return tuple(file.stat().st_mtime_ns for file in (*self._files, *self._others))

    def _loaded(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        # Without a password OpenSSL would ask for one at the terminal.
        context.load_cert_chain(*self._files, password="")
        if self._adjust is not None:
            self._adjust(context)
        return context
