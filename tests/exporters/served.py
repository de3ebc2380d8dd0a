"""An exporter on a real socket, in the test's own loop."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tests.exporters.clockwork import until
from watchbill_exporters.configuration.settings import Configuration
from watchbill_exporters.http_connection import HttpConnection
from watchbill_exporters.serving import server
from watchbill_exporters.web import tls_context


@asynccontextmanager
async def served(
    configuration: Configuration, connection: type[HttpConnection] = HttpConnection
) -> AsyncGenerator[str]:
    """Its URL."""
    tls = None if configuration.web.tls is None else tls_context(configuration.web.tls)
    listener = socket.create_server(("127.0.0.1", 0))
    running = server(configuration, tls, connection)
    task = asyncio.create_task(running.serve(sockets=[listener]))
    try:
        await until(lambda: running.started)
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        running.should_exit = True
        await task
