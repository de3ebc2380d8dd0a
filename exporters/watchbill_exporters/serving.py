"""The exporter as a process."""

import asyncio
import logging
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import cast

import uvicorn

from watchbill.errors import InvalidDeclaration
from watchbill_exporters.application import Endpoint
from watchbill_exporters.configuration import Configuration, InvalidConfiguration, load_configuration
from watchbill_exporters.configuration.settings import split_address
from watchbill_exporters.http_connection import HttpConnection
from watchbill_exporters.target import LOG
from watchbill_exporters.web import tls_context

_STOP_SECONDS = 1
_BACKLOG = 128
_KEEP_ALIVE_SECONDS = 75
"""Longer than most scrape intervals, so that a scraper need not connect anew each time."""


def run(config_path: Path | None = None) -> int:
    """Serves until SIGTERM or SIGINT. Returns 0 after a clean stop, 1 when it cannot listen, 2 for a bad file."""
    try:
        configuration = load_configuration(config_path)
        tls = tls_context(configuration.web.tls) if configuration.web.tls is not None else None
    except (InvalidConfiguration, InvalidDeclaration) as error:
        print(error, file=sys.stderr)  # noqa: T201  # messages of a command go to stderr
        return 2
    try:
        listener = _listen(configuration.listen)
    except OSError as error:
        remedy = "stop what listens there, or choose another `listen` in the configuration"
        print(f"cannot listen on {configuration.listen}: {error.strerror}\n  remedy: {remedy}", file=sys.stderr)  # noqa: T201  # as above
        return 1
    _log_to_stderr()
    _allow_connections()
    # uvicorn raises a signal it has served once more, for whoever started it: here nobody else needs it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ignore)
    asyncio.run(serve(configuration, listener, announce=_announce, tls=tls))
    return 0


async def serve(
    configuration: Configuration,
    listener: socket.socket,
    *,
    announce: Callable[[str], None],
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serves on a bound socket until the process is told to stop; announces the address once."""
    host, port = listener.getsockname()[:2]
    announce(f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}")
    await server(configuration, tls).serve(sockets=[listener])


def server(
    configuration: Configuration, tls: ssl.SSLContext | None = None, connection: type[HttpConnection] = HttpConnection
) -> uvicorn.Server:
    """The HTTP server of a configuration, for a socket that is given to it."""
    endpoint = Endpoint(configuration)
    config = uvicorn.Config(
        endpoint.application(),
        http=cast("type[asyncio.Protocol]", partial(connection, tls=tls)),
        ws="none",
        # The query of a refused probe may hold a password, so requests are not logged.
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    return _Server(config, endpoint)


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


def _allow_connections() -> None:
    """As many as the system lets this account have; the usual default is 1024 for all files and connections."""
    if sys.platform == "win32":
        return
    import resource  # Windows has none

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    http = logging.getLogger("uvicorn.error")
    http.addHandler(handler)
    # Its warnings are about requests that are no HTTP: anybody could fill the log with them.
    http.setLevel(logging.ERROR)


def _announce(address: str) -> None:
    print(f"exporter on {address}", flush=True)  # noqa: T201  # the one line a supervisor reads


def _ignore(number: int, frame: FrameType | None) -> None:
    del number, frame
