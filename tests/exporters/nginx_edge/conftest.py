"""One nginx for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.plugins.certificates import self_signed
from tests.plugins.nginx_server import NginxServer


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NginxServer]:
    """A running nginx; a test counts from what it found."""
    folder = tmp_path_factory.mktemp("nginx")
    server = NginxServer(folder, self_signed(folder, "localhost"))
    try:
        server.start()
        yield server
    finally:
        server.stop()
