"""A virtual host of a real RabbitMQ whose content is known."""

import asyncio
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from kombu import Connection

from tests.exporters.probing import Exporter
from tests.plugins.rabbitmq_server import RabbitmqServer
from watchbill.catalogue.label import Label
from watchbill.catalogue.rabbitmq import RABBITMQ_QUEUE, RABBITMQ_VHOST
from watchbill.testing import Exposition
from watchbill_exporters.rabbitmq_server.settings import RabbitmqSettings

OLD_SECONDS = 100
ODD = 'a "b" \\c %s (.+|x)$'
"""A name in which everything means something somewhere."""


@dataclass(frozen=True)
class Harbour:
    """A virtual host with queues whose content is known: see `filled`."""

    server: RabbitmqServer
    vhost: str
    password_file: Path

    def settings(self, **own: Any) -> RabbitmqSettings:
        """A target of this virtual host alone, as the account with the tag `monitoring`."""
        chosen: dict[str, Any] = {
            "vhosts": (self.vhost,),
            "user": "monitor",
            "password_file": str(self.password_file),
            **own,
        }
        return RabbitmqSettings(name="broker", address=self.server.management_address, **chosen)


def add_user(server: RabbitmqServer, name: str, tags: str, *, vhost: str | None = None) -> None:
    """An account whose password is its name, with the documented permissions at most."""
    server.manage("PUT", f"users/{name}", {"password": name, "tags": tags})
    if vhost is not None:
        server.manage("PUT", f"permissions/{vhost}/{name}", {"configure": "^$", "write": "^$", "read": "^$"})


def has_statistics(server: RabbitmqServer) -> bool:
    """Whether the listener knows of everything that was done."""
    rows = {row["name"]: row for row in cast("list[dict[str, Any]]", server.manage("GET", "queues/harbour"))}
    work, grave = rows["work"], rows["grave"]
    settled = work.get("messages") == 8 and work.get("message_stats", {}).get("ack") == 1
    stamped = isinstance(work.get("head_message_timestamp"), int)
    return settled and stamped and grave.get("messages") == 1 and all("messages" in row for row in rows.values())


@contextmanager
def filled(server: RabbitmqServer, vhost: str) -> Generator[None]:
    """`work` with ten messages published, one acknowledged, one given up, two held; `grave` has what was given up."""
    with Connection(server.url.removesuffix("//") + f"/{vhost}") as connection:
        channel = cast("Any", connection.channel())
        channel.exchange_declare("dead", "direct", auto_delete=False)
        channel.queue_declare("grave", auto_delete=False)
        channel.queue_bind("grave", "dead", "work")
        channel.queue_declare("work", auto_delete=False, arguments={"x-dead-letter-exchange": "dead"})
        # A queue that delays what it leads to, which is not dead.
        channel.queue_declare("later", auto_delete=False, arguments={
            "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "idle", "x-message-ttl": 60_000,
        })  # fmt: skip
        channel.queue_declare("idle", auto_delete=False)
        channel.queue_declare(ODD, auto_delete=False)
        producer = connection.Producer(channel)
        stamp = int(time.time()) - OLD_SECONDS
        for _ in range(10):
            producer.publish({}, routing_key="work", timestamp=stamp)
        taken = [channel.basic_get("work") for _ in range(4)]
        channel.basic_ack(taken[0].delivery_tag)
        channel.basic_reject(taken[1].delivery_tag, requeue=False)
        yield


async def until(exporter: Exporter, reached: Callable[[Exposition], bool]) -> Exposition:
    """Scrapes until the server has put its statistics together."""
    for _ in range(300):
        found = Exposition.parse((await exporter.probe("broker")).text)
        if reached(found):
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("the statistics never said so")


def of(queue: str) -> Mapping[Label, str]:
    """The labels of one queue."""
    return {RABBITMQ_VHOST: "harbour", RABBITMQ_QUEUE: queue}
