"""Users of the endpoint, whose passwords are known as bcrypt hashes alone."""

import asyncio
import base64
import binascii
import hmac
import os
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic

REMEMBERED_SECONDS = 600.0
"""How long a password that was right is known without bcrypt; each use renews it."""
FORGIVEN_SECONDS = 30.0
"""How long a password that was wrong is refused without bcrypt."""
MOST_TRIES = 16
_AT_ONCE = 2
_MOST_REMEMBERED = 200
_LONGEST = 512


class TooManyTries(Exception):
    """More passwords are being checked than the machine should spend its time on."""


class Users:
    """bcrypt is slow on purpose: it runs in threads, and what it said is remembered by a keyed hash for some time."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = {name.encode(): hashed.encode() for name, hashed in hashes.items()}
        self._key = os.urandom(32)
        self._known: OrderedDict[bytes, tuple[bool, float]] = OrderedDict()
        self._running: dict[bytes, asyncio.Task[bool]] = {}
        self._free = asyncio.Semaphore(_AT_ONCE)

    def __bool__(self) -> bool:
        return bool(self._hashes)

    async def admit(self, authorization: str) -> bool:
        """Whether an Authorization header has a user's name and password; raises TooManyTries."""
        given = _decoded(authorization)
        if given is None:
            return False
        digest = hmac.digest(self._key, given, "sha256")
        found = self._remembered(digest)
        if found is not None:
            return found
        running = self._running.get(digest)
        if running is None:
            if len(self._running) >= MOST_TRIES:
                raise TooManyTries
            running = self._running[digest] = asyncio.create_task(self._try(digest, given))
            running.add_done_callback(lambda _: self._running.pop(digest, None))
        # One caller who leaves takes no answer from others with the same password.
        return await asyncio.shield(running)

    def _remembered(self, digest: bytes) -> bool | None:
        right, until = self._known.get(digest, (False, 0.0))
        if monotonic() >= until:
            return None
        if right:
            self._remember(digest, right=True)
        return right

    def _remember(self, digest: bytes, *, right: bool) -> None:
        self._known[digest] = right, monotonic() + (REMEMBERED_SECONDS if right else FORGIVEN_SECONDS)
        self._known.move_to_end(digest)
        if len(self._known) > _MOST_REMEMBERED:
            wrong = next((one for one, (was_right, _) in self._known.items() if not was_right), None)
            self._known.pop(wrong if wrong is not None else next(iter(self._known)))

    async def _try(self, digest: bytes, given: bytes) -> bool:
        name, _, password = given.partition(b":")
        # An unknown name takes as long as a known one.
        hashed = self._hashes.get(name) or max(self._hashes.values())
        async with self._free:
            right = await asyncio.to_thread(_is_right, password, hashed) and name in self._hashes
        self._remember(digest, right=right)
        return right


def _is_right(password: bytes, hashed: bytes) -> bool:
    import bcrypt  # for endpoints with users alone

    with suppress(ValueError):
        return bcrypt.checkpw(password, hashed)
    return False


def _decoded(authorization: str) -> bytes | None:
    """Name, colon and password of a Basic header; None for anything else."""
    scheme, _, given = authorization.strip().partition(" ")
    if scheme.lower() != "basic" or len(given) > _LONGEST:
        return None
    try:
        return base64.b64decode(given.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
