"""URLs that a configuration may name: without a user, a password or a fragment."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_TARGET = re.compile(r"/[!-~]{0,2000}")
_HOST = re.compile(r"[A-Za-z0-9_.:-]{1,253}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAddress:
    """A URL in parts; `target` is its path and query."""

    tls: bool
    host: str
    port: int
    target: str

    @classmethod
    def parse(cls, url: str) -> "WebAddress":
        """Raises ValueError, which does not repeat the URL: it may hold a password."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError("it is no URL") from None
        if parts.scheme not in {"https", "http"}:
            raise ValueError("it does not begin with https://")
        if parts.username is not None or parts.password is not None:
            raise ValueError("it holds a user or a password")
        if not parts.hostname or not _HOST.fullmatch(parts.hostname):
            raise ValueError("it has no usable host")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if parts.fragment or not is_target(target):
            raise ValueError("its path has a fragment, or characters that must be percent-encoded")
        tls = parts.scheme == "https"
        return cls(tls=tls, host=parts.hostname, port=port or (443 if tls else 80), target=target)


def is_target(text: str) -> bool:
    """Whether text is a path that a request may name."""
    return _TARGET.fullmatch(text) is not None
