"""What a message of Celery's is called in metrics: its queue, and its priority."""

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from watchbill.queues.source import DEFAULT_PRIORITY

EAGER = "eager"
"""The queue of tasks that run where they are called."""
UNKNOWN = "unknown"

_DELAYED = "celery_delayed_"
_DELAY_LEVELS = 28
_MOST_KNOWN = 1000


def name_of(queue: Any) -> str:
    """A declared queue's. Each worker has one of its own for what is sent to all; they go by what was declared."""
    return str(queue.alias if is_broadcast(queue) else queue.name)


def is_broadcast(queue: Any) -> bool:
    """Whether every worker gets each message."""
    from kombu.common import Broadcast

    return isinstance(queue, Broadcast)


def priority_of(priority: object) -> str:
    """Both brokers take a message without one for priority 0."""
    return str(priority) if priority else DEFAULT_PRIORITY


class QueueNames:
    """Finds the queues of messages, and remembers. Thread-safe."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Any, dict[tuple[str, str], str]] = WeakKeyDictionary()

    def to(self, amqp: Any, options: dict[str, Any]) -> str:
        """Where a message goes, from the options it is published with."""
        exchange = options.get("exchange")
        if exchange:
            routing_key = options.get("routing_key")
            if routing_key:
                # Celery names the default queue beside them, which then is not where it goes.
                return self._bound(amqp.app, exchange, routing_key)
        queue = options.get("queue")
        if queue is None:
            return str(amqp.default_queue.name)
        return queue if isinstance(queue, str) else name_of(queue)

    def _bound(self, app: Any, exchange: Any, routing_key: str) -> str:
        name = exchange if isinstance(exchange, str) else exchange.name
        if name.startswith(_DELAYED):
            # RabbitMQ's delayed delivery: bits of the delay, then the routing key.
            return self._of(app, None, routing_key.split(".", _DELAY_LEVELS)[-1])
        return self._of(app, name, routing_key)

    def of(self, app: Any, delivery: Mapping[str, Any]) -> str:
        """Where a message came from, from what the broker says of its delivery."""
        exchange = delivery.get("exchange")
        routing_key = delivery.get("routing_key") or ""
        if not exchange and routing_key:
            # The exchange without a name leads to the queue of the routing key's name.
            return str(routing_key)
        return self._of(app, None if str(exchange).startswith(_DELAYED) else exchange, routing_key)

    def _of(self, app: Any, exchange: str | None, routing_key: str) -> str:
        known = self._known.setdefault(app, {})
        key = (exchange or "", routing_key)
        found = known.get(key)
        if found is None:
            found = _declared(app, exchange, routing_key) or routing_key or exchange or UNKNOWN
            if len(known) < _MOST_KNOWN:
                known[key] = found
        return found


def _declared(app: Any, exchange: str | None, routing_key: str) -> str:
    """The queue that the application declares with such a binding; empty where there is none."""
    for queue in app.amqp.queues.values():
        for bound, key, kind in _bindings(queue):
            if (exchange is None or bound == exchange) and (kind == "fanout" or _matches(key, routing_key)):
                return name_of(queue)
    return ""


def _bindings(queue: Any) -> list[tuple[str, str, str]]:
    own = [(queue.exchange, queue.routing_key)] if queue.exchange is not None else []
    further = [(one.exchange, one.routing_key) for one in queue.bindings or ()]
    return [(exchange.name, key or "", exchange.type) for exchange, key in own + further if exchange is not None]


def _matches(pattern: str, routing_key: str) -> bool:
    """As a topic exchange does: `*` is a word, `#` any number of them."""
    return _words_match(pattern.split("."), routing_key.split("."))


def _words_match(pattern: list[str], words: list[str]) -> bool:
    if not pattern:
        return not words
    head, rest = pattern[0], pattern[1:]
    if head == "#":
        return any(_words_match(rest, words[start:]) for start in range(len(words) + 1))
    return bool(words) and head in ("*", words[0]) and _words_match(rest, words[1:])
