"""Which queues take what others gave up: those that a dead-letter exchange leads to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from watchbill_exporters.collector import Key
from watchbill_exporters.json_value import is_mapping, part_of
from watchbill_exporters.rabbitmq_server.selection import Row, is_named, key_of

QUEUE_COLUMNS = "name,vhost,messages,arguments,effective_policy_definition"
BINDING_COLUMNS = "vhost,source,destination,destination_type,routing_key"

Bindings = Mapping[Key, Sequence[Mapping[str, Any]]]
"""By virtual host and source exchange."""
Destinations = Mapping[str | None, frozenset[Key]]
"""Queues by the routing key that leads to them; under None all of them."""


def dead_letter_queues(rows: Iterable[Any], bindings: Iterable[Any]) -> frozenset[Key]:
    """Queues that dead letters end in.

    One that gives up messages in its turn is a stop on the way, such as a queue of retries. What a queue with a time to
    live gives up is due, not dead: such queues delay messages.
    """
    by_source: defaultdict[Key, list[Mapping[str, Any]]] = defaultdict(list)
    for one in bindings:
        if is_mapping(one):
            by_source[str(one.get("vhost")), str(one.get("source"))].append(one)
    named = [row for row in rows if is_named(row)]
    giving = {key_of(row) for row in named if _setting(row, "dead-letter-exchange") is not None}
    # Thousands of queues may share an exchange with thousands of bindings.
    reached: dict[Key, Destinations] = {}
    found: set[Key] = set()
    for row in named:
        if key_of(row) in giving and _setting(row, "message-ttl") is None:
            found |= _targets(row, by_source, reached)
    return frozenset((found - giving) & {key_of(row) for row in named})


def _targets(row: Row, bindings: Bindings, reached: dict[Key, Destinations]) -> frozenset[Key]:
    vhost, exchange = row["vhost"], str(_setting(row, "dead-letter-exchange"))
    routing_key = _setting(row, "dead-letter-routing-key")
    if not exchange:
        # The nameless exchange leads to the queue that has the routing key as its name.
        return frozenset() if routing_key is None else frozenset({(vhost, str(routing_key))})
    if (vhost, exchange) not in reached:
        reached[vhost, exchange] = _destinations(vhost, exchange, bindings)
    destinations = reached[vhost, exchange]
    exact = destinations.get(str(routing_key)) if routing_key is not None else None
    return exact or destinations[None]


def _destinations(vhost: str, exchange: str, bindings: Bindings) -> Destinations:
    """Queues that an exchange leads to, also by way of other exchanges."""
    found: defaultdict[str | None, set[Key]] = defaultdict(set)
    found[None] = set()
    ahead, seen = [exchange], {exchange}
    while ahead:
        for one in bindings.get((vhost, ahead.pop()), ()):
            destination = str(one.get("destination"))
            if one.get("destination_type") == "queue":
                found[None].add((vhost, destination))
                found[str(one.get("routing_key"))].add((vhost, destination))
            elif destination not in seen:
                seen.add(destination)
                ahead.append(destination)
    return {routing_key: frozenset(keys) for routing_key, keys in found.items()}


def _setting(row: Row, name: str) -> Any:
    """From the queue's own arguments, else from its policy."""
    own = part_of(row, "arguments").get(f"x-{name}")
    return part_of(row, "effective_policy_definition").get(name) if own is None else own
