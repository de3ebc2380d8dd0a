"""Where dead letters end, by what queues and bindings say."""

from typing import Any

import pytest

from watchbill_exporters.rabbitmq_server.dead_letters import dead_letter_queues

Row = dict[str, Any]
NONE = set[str]()
NONSENSE: list[Any] = [None, {"name": 5}, {"vhost": "/", "name": "x", "arguments": []}]


def queue(name: str, *, vhost: str = "/", policy: Row | None = None, **arguments: object) -> Row:
    """A queue as the listener describes it; arguments without their x-."""
    own = {f"x-{key.replace('_', '-')}": value for key, value in arguments.items()}
    return {"vhost": vhost, "name": name, "arguments": own, "effective_policy_definition": policy or {}}


def binding(source: str, destination: str, key: str = "", kind: str = "queue") -> Row:
    return {
        "vhost": "/", "source": source, "destination": destination, "destination_type": kind, "routing_key": key,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "bindings", "names"),
    [
        ([queue("work", dead_letter_exchange="dlx"), queue("dead")], [binding("dlx", "dead", "work")], {"dead"}),
        ([queue("work", policy={"dead-letter-exchange": "dlx"}), queue("dead")], [binding("dlx", "dead")], {"dead"}),
        (
            [queue("work", dead_letter_exchange="", dead_letter_routing_key="dead"), queue("dead"), queue("other")],
            [],
            {"dead"},
        ),
        (
            [queue("work", dead_letter_exchange="dlx", dead_letter_routing_key="a"), queue("a-dead"), queue("b-dead")],
            [binding("dlx", "a-dead", "a"), binding("dlx", "b-dead", "b")],
            {"a-dead"},
        ),
        (
            [queue("work", dead_letter_exchange="dlx"), queue("dead")],
            [binding("dlx", "second", kind="exchange"), binding("second", "dead")],
            {"dead"},
        ),
        (
            # A queue of retries: what is given up waits in it, and comes back.
            [
                queue("work", dead_letter_exchange="", dead_letter_routing_key="retry"),
                queue("retry", dead_letter_exchange="", dead_letter_routing_key="work", message_ttl=5000),
            ],
            [],
            NONE,
        ),
        ([queue("later", dead_letter_exchange="dlx", message_ttl=1), queue("work")], [binding("dlx", "work")], NONE),
        ([queue("work", dead_letter_exchange="dlx")], [binding("dlx", "gone")], NONE),
        ([queue("work", dead_letter_exchange="a")], [binding("a", "a", kind="exchange")], NONE),
        ([queue("work", dead_letter_exchange="dlx"), queue("dead", vhost="other")], [binding("dlx", "dead")], NONE),
        ([queue("work"), queue("dead")], [binding("dlx", "dead")], NONE),
        (NONSENSE, NONSENSE, NONE),
    ],
    ids=[
        "an argument", "a policy", "the nameless exchange", "a routing key", "by way of another exchange", "retries",
        "a delay", "no such queue", "a circle", "another virtual host", "none", "nonsense",
    ],
)  # fmt: skip
def test_dead_letters_end_where_nothing_is_given_up(rows: list[Any], bindings: list[Any], names: set[str]) -> None:
    assert {name for _, name in dead_letter_queues(rows, bindings)} == names


def test_exchanges_that_all_lead_to_each_other_are_walked_once() -> None:
    names = [f"exchange-{number}" for number in range(100)]
    bindings = [binding(one, other, kind="exchange") for one in names for other in names]
    rows = [queue("work", dead_letter_exchange=names[0]), queue("dead")]
    assert dead_letter_queues(rows, [*bindings, binding(names[-1], "dead")]) == {("/", "dead")}
