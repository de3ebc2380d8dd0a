"""Every kind of Redis server there is to read."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.exporters.probing import redis_target
from tests.plugins.redis_sentinel import RedisSentinel
from tests.plugins.redis_server import RedisServer
from tests.plugins.valkey_server import ValkeyServer
from watchbill_exporters import RedisSettings

_TALKATIVE = (
    "--enable-debug-command",
    "local",
    "--latency-monitor-threshold",
    "1",
    "--slowlog-log-slower-than",
    "1000",
)


@dataclass(frozen=True)
class Landscape:
    """A master that keeps its data, its replica, their Sentinel, a replica whose master is gone, and a Valkey."""

    master: RedisServer
    replica: RedisServer
    orphan: RedisServer
    sentinel: RedisSentinel
    valkey: ValkeyServer

    @property
    def targets(self) -> tuple[RedisSettings, ...]:
        """Each under its own name, with everything that may be read."""
        servers = {"master": self.master, "replica": self.replica, "orphan": self.orphan, "valkey": self.valkey}
        named = [replace(redis_target(server, name=name), client_list=True) for name, server in servers.items()]
        return (*named, RedisSettings(name="sentinel", address=self.sentinel.address))


@contextmanager
def started(folder: Callable[[str], Path]) -> Generator[Landscape]:
    """All of them, running, each in a folder of its own."""
    found = Landscape(
        RedisServer(folder("master")),
        RedisServer(folder("replica")),
        RedisServer(folder("orphan")),
        RedisSentinel(folder("sentinel")),
        ValkeyServer(folder("valkey")),
    )
    with ExitStack() as stack:
        for server in (found.master, found.replica, found.orphan, found.sentinel, found.valkey):
            stack.callback(server.stop)
        found.master.start(*_TALKATIVE, "--appendonly", "yes", "--repl-diskless-sync-delay", "0")
        found.valkey.start(*_TALKATIVE)
        lost = RedisServer(folder("lost"))
        lost.start("--repl-diskless-sync-delay", "0")
        found.orphan.follow(lost)
        lost.stop()
        found.replica.follow(found.master)
        found.sentinel.watch(found.master)
        yield found
