"""The endpoint's own protection: TLS, and readers that sign in with a password or a token."""

import logging
import ssl
from collections.abc import Callable

from watchbill.asgi import App, Receive, Scope, Send
from watchbill.exposition import Access, Certificate
from watchbill.exposition.access import UNAUTHORIZED, Gate
from watchbill.exposition.page import answer
from watchbill.exposition.request import headers_of
from watchbill.fault import Faults
from watchbill_exporters.configuration.web import TlsSettings, WebSettings
from watchbill_exporters.users import TooManyTries, Users

LOG = logging.getLogger("watchbill.exporter")
OPEN_PATH = "/-/healthy"
"""What supervisors ask for; it tells nothing but that the process serves."""
_BASIC = (b"www-authenticate", b'Basic realm="watchbill", charset="UTF-8"')
_BEARER = (b"www-authenticate", b'Bearer realm="watchbill"')
_BUSY = b"Too many sign-ins at once\n"
_MODES = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}


class SignIn:
    """Lets in who knows the token, or a user's password; raises InvalidDeclaration for a token that cannot be read."""

    def __init__(self, settings: WebSettings, refused: Callable[[], None]) -> None:
        self._refused = refused
        token_file = settings.bearer_token_file
        self._gate = None if token_file is None else Gate(Access(token_file=token_file), _TokenFaults())
        self._users = Users(settings.users)

    def protect(self, app: App) -> App:
        """The same ASGI application, for readers who are let in; the others are answered 401."""
        if self._gate is None and not self._users:
            return app

        async def protected(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan" or scope["path"] == OPEN_PATH:
                await app(scope, receive, send)
                return
            try:
                admitted = await self._admits(headers_of(scope).get("authorization", ""))
            except TooManyTries:
                await answer(send, 429, _BUSY, (b"retry-after", b"1"))
                return
            if admitted:
                await app(scope, receive, send)
            else:
                self._refused()
                await answer(send, 401, UNAUTHORIZED, *self._challenges(), head=scope["method"] == "HEAD")

        return protected

    async def _admits(self, authorization: str) -> bool:
        if self._gate is not None and self._gate.admits(authorization):
            return True
        return bool(self._users) and await self._users.admit(authorization)

    def _challenges(self) -> tuple[tuple[bytes, bytes], ...]:
        return (*((_BASIC,) if self._users else ()), *((_BEARER,) if self._gate is not None else ()))


class _TokenFaults(Faults):
    """Tells once that the file cannot be read any more."""

    def __init__(self) -> None:
        super().__init__(lambda _: None)
        self._told_about = ""

    def report(self, component: str, error: BaseException) -> None:  # noqa: ARG002  # the base's signature
        if str(error) != self._told_about:
            self._told_about = str(error)
            LOG.warning("the bearer token lets nobody in: %s; remedy: write the token into its file", error)


def tls_context(settings: TlsSettings) -> ssl.SSLContext:
    """A context whose certificate is read again when its files change; raises InvalidDeclaration."""
    others = () if settings.client_ca_file is None else (settings.client_ca_file,)

    def adjust(context: ssl.SSLContext) -> None:
        context.minimum_version, context.maximum_version = settings.min_version, settings.max_version
        if settings.client_ca_file is not None:
            context.load_verify_locations(settings.client_ca_file)
        context.verify_mode = _MODES[settings.client_auth]

    certificate = Certificate(settings.cert_file, settings.key_file, *others, adjust=adjust)

    def renew(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = certificate.context()

    context = certificate.context()
    # Called at the start of every handshake, whether the client names a host or not.
    context.sni_callback = renew
    return context
