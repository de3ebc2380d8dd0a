"""One CDN for the tests of this folder: an nginx with a cache, behind TLS."""

from collections.abc import Iterator

import pytest

from tests.plugins.certificates import self_signed
from tests.plugins.nginx_server import NginxServer


@pytest.fixture(scope="module")
def cdn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NginxServer]:
    """Running; its certificate is for loopback."""
    folder = tmp_path_factory.mktemp("cdn")
    server = NginxServer(folder, self_signed(folder, "localhost"))
    try:
        server.start()
        yield server
    finally:
        server.stop()
