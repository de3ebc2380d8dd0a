"""Who may read a page: those who know a token, or a name and a password."""

import base64
import binascii
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from watchbill.asgi import App, Receive, Scope, Send
from watchbill.errors import InvalidDeclaration
from watchbill.exposition.page import answer
from watchbill.exposition.request import headers_of
from watchbill.exposition.secret import Secret
from watchbill.fault import Faults

UNAUTHORIZED = b"Unauthorized\n"
_PREFIX = "WATCHBILL_METRICS_"
_REALM = 'realm="watchbill"'
_POLICY_VIOLATION = 1008

Place = str | os.PathLike[str]


@dataclass(frozen=True, kw_only=True)
class Access:
    """Asks for a bearer token, or for a user name and a password.

    Each secret is in a file or in an environment variable, whose name is given. A file is read again when it changes.
    """

    token_file: Place = ""
    token_variable: str = ""
    username: str = ""
    password_file: Place = ""
    password_variable: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str] | None = None) -> "Access | None":
        """What WATCHBILL_METRICS_TOKEN, _TOKEN_FILE, _USERNAME, _PASSWORD and _PASSWORD_FILE say; None without them."""
        source = os.environ if environ is None else environ

        def value(name: str) -> str:
            return source.get(_PREFIX + name, "")

        def variable(name: str) -> str:
            return _PREFIX + name if value(name) else ""

        found = cls(
            token_file=value("TOKEN_FILE"),
            token_variable=variable("TOKEN"),
            username=value("USERNAME"),
            password_file=value("PASSWORD_FILE"),
            password_variable=variable("PASSWORD"),
        )
        return None if found == cls() else found

    def faults(self) -> list[str]:
        """What is wrong with it; secrets are not repeated."""
        tokens = [one for one in (self.token_file, self.token_variable) if one]
        passwords = [one for one in (self.password_file, self.password_variable) if one]
        if bool(tokens) == bool(self.username or passwords):
            return ["access: give either a token, or a username and a password"]
        if not tokens and not (self.username and passwords):
            return ["access: a username needs a password, and a password a username"]
        if len(tokens) + len(passwords) > 1:
            return ["access: give the secret as a file or as a variable, not both"]
        if ":" in self.username:
            return ["access: a username has no colon"]
        try:
            self.secret().read()
        except (OSError, ValueError) as error:
            return [f"access: {error}"]
        return []

    def secret(self) -> Secret:
        """The token or the password."""
        return Secret(self.token_file or self.password_file, self.token_variable or self.password_variable)


class Gate:
    """Lets callers in, by what they send as `Authorization`; nobody while the secret cannot be read."""

    def __init__(self, access: Access, faults: Faults) -> None:
        found = access.faults()
        if found:
            raise InvalidDeclaration("Access", found)
        self._username = access.username
        self._secret = access.secret()
        self._faults = faults
        self.asks = "a user name and a password" if access.username else "a token"
        self.challenge = f'Basic {_REALM}, charset="UTF-8"' if access.username else f"Bearer {_REALM}"

    def admits(self, authorization: str) -> bool:
        """Whether the header holds the secret; compared in constant time."""
        scheme, _, given = authorization.strip().partition(" ")
        try:
            secret = self._secret.read()
        except (OSError, ValueError) as error:
            self._faults.report("access", error)
            return False
        if not self._username:
            return scheme.lower() == "bearer" and _equal(given.strip().encode("latin-1", "replace"), secret.encode())
        expected = f"{self._username}:{secret}".encode()
        return scheme.lower() == "basic" and _equal(_decoded(given), expected)

    def protect(self, app: App) -> App:
        """The same ASGI application, for callers who are let in; the others are answered 401."""

        async def protected(scope: Scope, receive: Receive, send: Send) -> None:
            kind = scope["type"]
            if kind not in {"http", "websocket"} or self.admits(headers_of(scope).get("authorization", "")):
                await app(scope, receive, send)
            elif kind == "websocket":
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            else:
                challenge = (b"www-authenticate", self.challenge.encode())
                await answer(send, 401, UNAUTHORIZED, challenge, head=scope["method"] == "HEAD")

        return protected


def asks_of(gate: Gate | None) -> str:
    """What a report adds to a page's address."""
    return f", asks for {gate.asks}" if gate is not None else ""


def _equal(given: bytes, expected: bytes) -> bool:
    # Digests are of one length, so that the comparison does not tell that of the secret.
    return hmac.compare_digest(sha256(given).digest(), sha256(expected).digest())


def _decoded(given: str) -> bytes:
    try:
        return base64.b64decode(given.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""
