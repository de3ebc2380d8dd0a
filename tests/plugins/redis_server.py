"""A real Redis server for a test."""

import os
import socket
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, cast

import redis

from tests.plugins.programs import free_port, program, stop, wait_until


class RedisServer:
    """A Redis on a free port of loopback, with a password, that a test may stop, freeze and start again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.password = "correct-horse"  # of a server that lives as long as one test
        self.password_file = folder / "redis-password"
        self.password_file.write_text(self.password + "\n", encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def binary(self) -> str:
        """The server's program."""
        return program("redis-server")

    def follow(self, master: "RedisServer") -> None:
        """Starts it as a replica, and waits until it has the master's data."""
        self.start("--replicaof", "127.0.0.1", str(master.port), "--masterauth", master.password)
        wait_until(lambda: self.info("replication")["master_link_status"] == "up", "the replica is connected")

    def info(self, section: str) -> dict[str, str]:
        """A section of INFO as redis-cli shows it."""
        lines = (line.partition(":") for line in self.cli("INFO", section).splitlines())
        return {name: value for name, colon, value in lines if colon}

    def cli(self, *command: str) -> str:
        """What redis-cli prints for a command."""
        asked = [program("redis-cli"), "-p", str(self.port), *command]
        secret = {"REDISCLI_AUTH": self.password} if self.password else {}
        told = subprocess.run(asked, check=True, capture_output=True, text=True, env={**os.environ, **secret})
        return told.stdout

    def start(self, *arguments: str, ready: bool = True) -> None:
        """Starts the server with further arguments of redis-server."""
        command = [self.binary(), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--dir", str(self.folder), "--requirepass", self.password, "--save", "", *arguments]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)  # our own command
        if ready:
            wait_until(self._answers, "Redis starts")

    def stop(self) -> None:
        """Ends the server; a frozen one is thawed first."""
        if self.process is not None:
            stop(self.process)

    def running(self) -> Generator["RedisServer"]:
        """Itself, started, for a fixture of any scope."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def signal(self, number: int) -> None:
        """Sends the server a signal."""
        if self.process is not None:
            self.process.send_signal(number)

    def execute(self, *command: str) -> object:
        """One command's result, over a connection of its own, as the default user."""
        with redis.Redis(port=self.port, password=self.password, decode_responses=True) as client:
            run = cast("Callable[..., object]", client.execute_command)  # pyright: ignore[reportUnknownMemberType]  # untyped
            return run(*command)

    @contextmanager
    def connection(self) -> Generator[None]:
        """Holds one connection open."""
        with socket.create_connection(("127.0.0.1", self.port)) as held:
            held.sendall(b"AUTH " + self.password.encode() + b"\r\n")
            held.recv(16)
            yield

    def _answers(self) -> bool:
        try:
            return bool(self.execute("PING"))
        except redis.RedisError:
            return False


def taken(pool: Any) -> Any:
    """A connection of a pool, or what gives one once it is awaited; old libraries ask what for."""
    give: Any = pool.get_connection
    asked = signature(give).parameters["command_name"].default is Parameter.empty
    return give("PING") if asked else give()


def connected(server: RedisServer, kind: Any = redis.Redis, **given: Any) -> Any:
    """A client of a server; its methods have no types."""
    return kind(port=server.port, password=server.password, **given)
