"""Why a target is down: one of the catalogue's reasons, a cause for people, and a remedy."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from watchbill.errors import WatchbillError

Reason = Literal["refused", "timeout", "auth", "tls", "dns", "protocol", "full", "busy", "loading"]

REMEDIES: Mapping[Reason, str] = MappingProxyType(
    {
        "refused": "start the server, or correct the target's address",
        "timeout": "look whether the server hangs or a firewall drops its packets",
        "auth": "correct the account, its rights to log in, or the content of its password_file",
        "tls": "make tls and ca_file of the target agree with the server's certificate",
        "dns": "correct the host name, or the name service of this machine",
        "protocol": "look at the server's log; the address may belong to another program",
        "full": "raise the server's connection limit, or find who holds its connections",
        "busy": "find the script that keeps the server busy; SCRIPT KILL ends one that has not written",
        "loading": "wait until the server has read its data",
    }
)


class TargetDown(WatchbillError):
    """A target gave no usable answer; `cause` never holds a secret. Without a `remedy` that of its reason is given."""

    def __init__(self, reason: Reason, cause: str, remedy: str | None = None) -> None:
        self.reason: Reason = reason
        self.cause = " ".join(cause.split())
        self._remedy = remedy
        super().__init__(f"{reason}: {self.cause}")

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return self._remedy or REMEDIES[self.reason]
