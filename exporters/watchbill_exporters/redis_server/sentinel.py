"""A Sentinel, and what it knows of the masters it watches."""

from collections.abc import Iterable, Mapping, Sequence

from watchbill.catalogue import Metric
from watchbill.catalogue.redis_server.sentinel import (
    REDIS_MASTER_NAME,
    REDIS_SENTINEL_CKQUORUM,
    REDIS_SENTINEL_DOWN_AFTER,
    REDIS_SENTINEL_EPOCH,
    REDIS_SENTINEL_FAILOVER_TIMEOUT,
    REDIS_SENTINEL_LAST_PING,
    REDIS_SENTINEL_MASTERS,
    REDIS_SENTINEL_OK_SENTINELS,
    REDIS_SENTINEL_OK_SLAVES,
    REDIS_SENTINEL_PARALLEL_SYNCS,
    REDIS_SENTINEL_QUORUM,
    REDIS_SENTINEL_RUNNING_SCRIPTS,
    REDIS_SENTINEL_SCRIPTS,
    REDIS_SENTINEL_SENTINELS,
    REDIS_SENTINEL_SIMULATED,
    REDIS_SENTINEL_SLAVES,
    REDIS_SENTINEL_STATUS,
    REDIS_SENTINEL_TILT,
)
from watchbill_exporters.collector import Measured, column, series
from watchbill_exporters.redis_server.collector import RedisCollector
from watchbill_exporters.redis_server.fields import Fields, measured, milliseconds
from watchbill_exporters.redis_server.pairs import pairs
from watchbill_exporters.redis_server.permissions import is_refused
from watchbill_exporters.redis_server.replies import INFO, Replies
from watchbill_exporters.redis_server.reply import Refusal, Reply
from watchbill_exporters.redis_server.request import Request

_MASTERS = Request(("SENTINEL", "MASTERS"))
_ILL = ("s_down", "o_down", "disconnected")
_FIELDS: Fields = {
    "sentinel_masters": REDIS_SENTINEL_MASTERS,
    "sentinel_tilt": REDIS_SENTINEL_TILT,
    "sentinel_running_scripts": REDIS_SENTINEL_RUNNING_SCRIPTS,
    "sentinel_scripts_queue_length": REDIS_SENTINEL_SCRIPTS,
    "sentinel_simulate_failure_flags": REDIS_SENTINEL_SIMULATED,
}
_SETTINGS: Sequence[tuple[str, Metric]] = (
    ("quorum", REDIS_SENTINEL_QUORUM),
    ("failover-timeout", REDIS_SENTINEL_FAILOVER_TIMEOUT),
    ("parallel-syncs", REDIS_SENTINEL_PARALLEL_SYNCS),
    ("down-after-milliseconds", REDIS_SENTINEL_DOWN_AFTER),
    ("config-epoch", REDIS_SENTINEL_EPOCH),
)


def _sentinel(replies: Replies) -> Iterable[Measured]:
    yield from measured(_FIELDS, replies.info)
    if replies.mode != "sentinel":
        return
    listed = _listed(replies)
    keys = [(one["name"], one["address"]) for one in listed]
    yield series(REDIS_SENTINEL_STATUS, [((*key, one["status"]), 1.0) for key, one in zip(keys, listed, strict=True)])
    yield Measured(REDIS_SENTINEL_SLAVES, keys, [float(one["slaves"]) for one in listed])
    yield Measured(REDIS_SENTINEL_SENTINELS, keys, [float(one["sentinels"]) for one in listed])
    yield series(REDIS_SENTINEL_CKQUORUM, _quorums(replies, listed))
    masters = {one.get("name", ""): one for one in map(_fields, replies.array(_MASTERS))}
    described = [masters.get(one["name"], {}) for one in listed]
    for name, metric in _SETTINGS:
        yield column(metric, keys, [float(one[name]) if name in one else None for one in described])
    pings = [one.get("last-ok-ping-reply") for one in described]
    yield column(REDIS_SENTINEL_LAST_PING, keys, [milliseconds(one) if one is not None else None for one in pings])
    yield column(REDIS_SENTINEL_OK_SLAVES, keys, [_well(replies, _of("REPLICAS", one)) for one in listed])
    # This Sentinel does not list itself.
    yield column(REDIS_SENTINEL_OK_SENTINELS, keys, [_well(replies, _of("SENTINELS", one), 1) for one in listed])


def _ask(replies: Replies) -> Iterable[Request]:
    if replies.mode == "sentinel":
        yield _MASTERS
        for master in _listed(replies):
            yield from (_of("CKQUORUM", master), _of("REPLICAS", master), _of("SENTINELS", master))


def _of(question: str, master: Mapping[str, str]) -> Request:
    return Request(("SENTINEL", question, master["name"]))


def _listed(replies: Replies) -> list[Mapping[str, str]]:
    """The masters as INFO lists them."""
    lines = replies.section("sentinel").items()
    found = [pairs(value) for name, value in lines if name.startswith("master") and name[6:].isdecimal()]
    return found[: REDIS_MASTER_NAME.limit]


def _fields(reply: Reply) -> Mapping[str, str]:
    """A list of names and values in turn."""
    if not isinstance(reply, list):
        raise TypeError("SENTINEL answered in another form than is known")
    words = [word for word in reply if isinstance(word, str)]
    return dict(zip(words[::2], words[1::2], strict=True))


def _quorums(replies: Replies, listed: Iterable[Mapping[str, str]]) -> Iterable[tuple[tuple[str, str], float]]:
    for master in listed:
        request = _of("CKQUORUM", master)
        reply = replies.raw(request)
        if isinstance(reply, Refusal) and not is_refused(reply):
            yield (master["name"], reply.text), 0.0
        elif isinstance(reply, str):
            yield (master["name"], reply), 1.0


def _well(replies: Replies, request: Request, more: int = 0) -> float | None:
    """How many of those listed answer this Sentinel; None where it refuses to list them."""
    if not replies.grants(request):
        return None
    states = [_fields(one).get("flags", "") for one in replies.array(request)]
    return float(more + sum(1 for flags in states if not any(ill in flags for ill in _ILL)))


SENTINEL = RedisCollector("sentinel", (INFO,), _sentinel, _ask)
