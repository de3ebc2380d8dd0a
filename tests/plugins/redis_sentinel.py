"""A real Sentinel for a test."""

import subprocess

from tests.plugins.programs import program, wait_until
from tests.plugins.redis_server import RedisServer

MASTER = "mymaster"


class RedisSentinel(RedisServer):
    """A Sentinel without a password on a free port of loopback."""

    def watch(self, master: RedisServer, *, replicas: int = 1, quorum: int = 1) -> None:
        """Starts it, and waits until it knows the master's replicas."""
        self.password = ""
        file = self.folder / "sentinel.conf"
        file.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {self.folder}\n"
            f"sentinel monitor {MASTER} 127.0.0.1 {master.port} {quorum}\n"
            f"sentinel auth-pass {MASTER} {master.password}\n"
            f"sentinel down-after-milliseconds {MASTER} 1000\n",
            encoding="utf-8",
        )
        command = [program("redis-server"), str(file), "--sentinel"]
        with (self.folder / "sentinel.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)  # our own command
        wait_until(lambda: f"slaves={replicas}," in self._master(), "the Sentinel knows the replicas")

    def _master(self) -> str:
        try:
            return self.info("sentinel").get("master0", "")
        except subprocess.CalledProcessError:
            return ""
