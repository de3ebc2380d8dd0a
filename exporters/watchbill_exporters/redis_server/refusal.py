"""From an error that Redis replies to the reason a target is down."""

from watchbill_exporters.reason import Reason, TargetDown
from watchbill_exporters.redis_server.protocol import Refusal, Reply

_BY_CODE: dict[str, Reason] = {
    "NOAUTH": "auth",
    "WRONGPASS": "auth",
    "DENIED": "auth",
    "LOADING": "loading",
    "BUSY": "busy",
}
_BY_TEXT: dict[str, Reason] = {
    "max number of clients": "full",
    "invalid password": "auth",
    "without any password configured": "auth",
    "wrong number of arguments for 'auth'": "auth",
}
# A PING is refused with these by a replica without its master, and by a master that cannot write to its disk: both
# serve whom they can, and their own metrics tell what is wrong.
_STILL_UP = frozenset({"NOPERM", "MASTERDOWN", "MISCONF"})


def down(refusal: Refusal) -> TargetDown:
    """Why a server that answers like this cannot be used."""
    return TargetDown(_reason(refusal), refusal.text[:200])


def raise_if_down(reply: Reply) -> None:
    """Raises TargetDown for a refusal that means more than a missing right or an unknown command."""
    if isinstance(reply, Refusal) and reply.code not in _STILL_UP and not reply.text.startswith("ERR unknown command"):
        raise down(reply)


def _reason(refusal: Refusal) -> Reason:
    text = refusal.text.lower()
    for part, reason in _BY_TEXT.items():
        if part in text:
            return reason
    return _BY_CODE.get(refusal.code, "protocol")
