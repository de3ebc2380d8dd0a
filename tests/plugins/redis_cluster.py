"""A real Redis cluster for a test: three masters, each with a third of the slots."""

import socket
import subprocess
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, cast

import redis

from tests.plugins.programs import free_port, program, stop, wait_until

_MASTERS = 3
_BUS, _HIGHEST = 10_000, 65_535


class RedisClusterServers:
    """Three Redis servers on free ports of loopback that are one cluster."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = [_port() for _ in range(_MASTERS)]
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Starts the servers and joins them."""
        for port in self.ports:
            folder = self.folder / str(port)
            folder.mkdir()
            command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
            command += ["--save", "", "--cluster-enabled", "yes"]
            with (folder / "redis.log").open("ab") as log:
                self._processes.append(subprocess.Popen(command, stdout=log, stderr=log))  # our own command
        for port in self.ports:
            wait_until(partial(self._answers, port), "Redis starts")
        nodes = [f"127.0.0.1:{port}" for port in self.ports]
        join = [program("redis-cli"), "--cluster", "create", *nodes, "--cluster-yes"]
        subprocess.run(join, check=True, capture_output=True)  # our own command
        for port in self.ports:
            wait_until(partial(self._is_joined, port), "the cluster is joined")

    def stop(self) -> None:
        """Ends the servers."""
        for process in self._processes:
            stop(process)

    def execute(self, port: int, *command: object) -> Any:
        """One command's result at one server."""
        with redis.Redis(port=port, decode_responses=True) as client:
            return cast("Any", client).execute_command(*command)

    def _is_joined(self, port: int) -> bool:
        return bool(self.execute(port, "CLUSTER INFO")["cluster_state"] == "ok")

    def _answers(self, port: int) -> bool:
        try:
            return bool(self.execute(port, "PING"))
        except redis.RedisError:
            return False


def _port() -> int:
    """A free port whose cluster bus, 10 000 above it, is free too: redis-cli knows of no other place for that."""
    while True:
        port = free_port()
        if port + _BUS <= _HIGHEST:
            with suppress(OSError), socket.create_server(("127.0.0.1", port + _BUS)):
                return port
