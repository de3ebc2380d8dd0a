"""Servers that the tests of this folder share; no test leaves one changed."""

from collections.abc import Iterator

import pytest

from tests.exporters.redis_server.landscape import Landscape, started
from tests.plugins.redis_cluster import RedisClusterServers


@pytest.fixture(scope="session")
def landscape(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Landscape]:
    """All kinds of server, started once."""
    with started(tmp_path_factory.mktemp) as found:
        yield found


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisClusterServers]:
    """Three masters that are one cluster."""
    servers = RedisClusterServers(tmp_path_factory.mktemp("cluster"))
    try:
        servers.start()
        yield servers
    finally:
        servers.stop()
