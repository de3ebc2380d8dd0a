"""What the exporter's account may do on a Redis server."""

from collections.abc import Iterable, Mapping

from watchbill.catalogue.redis_server.probe import REDIS_PERMISSION
from watchbill_exporters.collector import Measured, series
from watchbill_exporters.redis_server.replies import DATABASES, Replies
from watchbill_exporters.redis_server.reply import Refusal, Reply
from watchbill_exporters.redis_server.request import Request
from watchbill_exporters.redis_server.rights import KEYS

_UNKNOWN = ("ERR unknown command", "ERR unknown subcommand", "ERR Unknown subcommand")


def permissions(replies: Replies, arrived: Mapping[Request, Reply]) -> Iterable[Measured]:
    """Per right that was needed: 0 where the server refused it, or does not have the command under its name."""
    # A Sentinel was asked this before it was known to be one.
    needless = DATABASES if replies.mode == "sentinel" else None
    rights: dict[str, bool] = {}
    for request, reply in arrived.items():
        if request != needless:
            right = _right(request, reply)
            rights[right] = rights.get(right, True) and not is_refused(reply)
    yield series(REDIS_PERMISSION, [((right,), float(granted)) for right, granted in rights.items()])


def _right(request: Request, reply: Reply) -> str:
    """The command, or the keys where the account may run it and not on this key."""
    return (
        KEYS
        if isinstance(reply, Refusal) and reply.text.startswith("NOPERM") and "permissions to access" in reply.text
        else request.right
    )


def is_refused(reply: Reply) -> bool:
    """Whether the account lacks the right, or an administrator has taken the command away."""
    if not isinstance(reply, Refusal):
        return False
    return reply.code == "NOPERM" or reply.text.startswith(_UNKNOWN)
