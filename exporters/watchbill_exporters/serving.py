"""The exporter as a process."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn

from watchbill_exporters.application import Endpoint
from watchbill_exporters.configuration import Configuration, InvalidConfiguration, load_configuration
from watchbill_exporters.configuration.settings import split_address
from watchbill_exporters.target import LOG

_STOP_SECONDS = 1
_BACKLOG = 128


def run(config_path: Path) -> int:
    """Serves until SIGTERM or SIGINT. Returns 0 after a clean stop, 1 when it cannot listen, 2 for a bad file."""
    try:
        configuration = load_configuration(config_path)
    except InvalidConfiguration as error:
        print(error, file=sys.stderr)  # noqa: T201  # messages of a command go to stderr
        return 2
    try:
        listener = _listen(configuration.listen)
    except OSError as error:
        remedy = "stop what listens there, or choose another `listen` in the configuration"
        print(f"cannot listen on {configuration.listen}: {error.strerror}\n  remedy: {remedy}", file=sys.stderr)  # noqa: T201  # as above
        return 1
    _log_to_stderr()
    # uvicorn raises a signal it has served once more, for whoever started it: here nobody else needs it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ignore)
    asyncio.run(serve(configuration, listener, announce=_announce))
    return 0


async def serve(configuration: Configuration, listener: socket.socket, *, announce: Callable[[str], None]) -> None:
    """Serves on a bound socket until the process is told to stop; announces the address once."""
    host, port = listener.getsockname()[:2]
    endpoint = Endpoint(configuration)
    config = uvicorn.Config(
        endpoint.application(),
        # The query of a refused probe may hold a password, so requests are not logged.
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    announce(f"http://{f'[{host}]' if ':' in host else host}:{port}")
    await _Server(config, endpoint).serve(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends the probes that wait before it waits for its answers to leave."""

    def __init__(self, config: uvicorn.Config, endpoint: Endpoint) -> None:
        super().__init__(config)
        self._endpoint = endpoint

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._endpoint.close()
        await super().shutdown(sockets)


def _listen(address: str) -> socket.socket:
    host, port = split_address(address)
    family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    # asyncio sends small packets at once only on sockets that name their protocol; else each answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    logging.getLogger("uvicorn.error").addHandler(handler)


def _announce(address: str) -> None:
    print(f"exporter on {address}", flush=True)  # noqa: T201  # the one line a supervisor reads


def _ignore(number: int, frame: FrameType | None) -> None:
    del number, frame
