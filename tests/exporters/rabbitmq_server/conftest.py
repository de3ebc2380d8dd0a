"""One filled virtual host for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.exporters.rabbitmq_server.harbour import Harbour, add_user, filled, has_statistics
from tests.plugins.programs import wait_until
from tests.plugins.rabbitmq_server import RabbitmqServer


@pytest.fixture(scope="session")
def harbour(rabbitmq_server: RabbitmqServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    """Filled, with a connection that holds two messages unacknowledged; no test changes it."""
    password_file = tmp_path_factory.mktemp("harbour") / "password"
    password_file.write_text("monitor\n")
    found = Harbour(rabbitmq_server, "harbour", password_file)
    rabbitmq_server.manage("PUT", "vhosts/harbour")
    add_user(rabbitmq_server, "monitor", "monitoring", vhost="harbour")
    enter = {"configure": ".*", "write": ".*", "read": ".*"}
    rabbitmq_server.manage("PUT", f"permissions/harbour/{rabbitmq_server.user}", enter)
    with filled(rabbitmq_server, "harbour"):
        wait_until(lambda: has_statistics(rabbitmq_server), "RabbitMQ puts its statistics together")
        yield found
    rabbitmq_server.manage("DELETE", "vhosts/harbour")
