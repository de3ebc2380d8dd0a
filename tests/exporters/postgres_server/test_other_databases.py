"""Every database of a server is read, not only the main one."""

from collections.abc import Iterator

import pytest

from tests.exporters.postgres_server.scraping import scraped
from tests.plugins.exposition import selected, values
from tests.plugins.postgres_server import PostgresServer
from watchbill.catalogue.exporter import COLLECTOR
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.postgres_server.limits import (
    PG_SEQUENCE,
    PG_SEQUENCE_USED,
    PG_SEQUENCES_UNREADABLE,
)
from watchbill.catalogue.postgres_server.probe import PG_COLLECTOR_SUCCESS, PG_DATABASE_READ, PG_UP
from watchbill.catalogue.postgres_server.tables import PG_TABLE, PG_TABLE_INSERTED
from watchbill_exporters.postgres_server.session import OTHER_DATABASES

_NAMES = ("north", "south")
_CREATE = """
CREATE TABLE goods (id int);
INSERT INTO goods SELECT generate_series(1, 5);
CREATE SEQUENCE nearly_full AS smallint;
CREATE SEQUENCE hidden;
SELECT setval('nearly_full', 32000), setval('hidden', 2);
GRANT SELECT ON SEQUENCE nearly_full TO watchbill
"""


@pytest.fixture(scope="module")
def opened_shops(postgres_installation: PostgresServer) -> Iterator[PostgresServer]:
    """A server with two more databases."""
    postgres_installation.restore()
    for name in _NAMES:
        postgres_installation.execute(f"CREATE DATABASE {name}")
        postgres_installation.execute(_CREATE, name)
    yield postgres_installation
    for name in _NAMES:
        postgres_installation.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def shops(opened_shops: PostgresServer) -> PostgresServer:
    """Those databases, open to everybody."""
    opened_shops.restore()
    for name in _NAMES:
        opened_shops.execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1; GRANT CONNECT ON DATABASE {name} TO PUBLIC")
    return opened_shops


async def test_tables_and_sequences_of_all_databases_are_in_one_scrape(shops: PostgresServer) -> None:
    text = await scraped(shops)
    for name in _NAMES:
        here = {PG_DATABASE: name}
        assert selected(text, PG_DATABASE_READ, here) == [1]
        assert selected(text, PG_TABLE_INSERTED, {**here, PG_TABLE: "goods"}) == [5]
        (used,) = selected(text, PG_SEQUENCE_USED, {**here, PG_SEQUENCE: "nearly_full"})
        assert used == pytest.approx((32_000 - 1) / (32_767 - 1))
        assert selected(text, PG_SEQUENCES_UNREADABLE, here) == [1]


async def test_a_sequence_that_somebody_alters_is_left_out_and_costs_no_other(shops: PostgresServer) -> None:
    with shops.connect("south") as altering, altering.transaction():
        altering.execute("ALTER SEQUENCE nearly_full INCREMENT 2")
        text = await scraped(shops)
    used = [len(selected(text, PG_SEQUENCE_USED, {PG_DATABASE: name, PG_SEQUENCE: "nearly_full"})) for name in _NAMES]
    assert used == [1, 0]
    assert selected(text, PG_COLLECTOR_SUCCESS, {COLLECTOR: "sequences"}) == [1]


async def test_the_settings_choose_the_databases(shops: PostgresServer) -> None:
    chosen = await scraped(shops, databases=("north",))
    without = await scraped(shops, exclude_databases=("north",))
    assert [len(selected(chosen, PG_DATABASE_READ, {PG_DATABASE: name})) for name in _NAMES] == [1, 0]
    assert [len(selected(without, PG_DATABASE_READ, {PG_DATABASE: name})) for name in _NAMES] == [0, 1]


async def test_a_database_that_admits_nobody_costs_its_own_series_and_is_named_in_the_log(
    shops: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    shops.execute("ALTER DATABASE south CONNECTION LIMIT 0")
    text = await scraped(shops)
    assert values(text, PG_UP) == [1]
    assert selected(text, PG_DATABASE_READ, {PG_DATABASE: "south"}) == [0]
    assert selected(text, PG_DATABASE_READ, {PG_DATABASE: "north"}) == [1]
    assert selected(text, PG_TABLE_INSERTED, {PG_DATABASE: "north", PG_TABLE: "goods"}) == [5]
    assert selected(text, PG_COLLECTOR_SUCCESS, {COLLECTOR: OTHER_DATABASES}) == [0]
    assert "database 'south': " in caplog.text
    assert "remedy: " in caplog.text


async def test_a_database_without_the_right_to_connect_is_not_read(shops: PostgresServer) -> None:
    shops.execute("REVOKE CONNECT ON DATABASE south FROM PUBLIC")
    text = await scraped(shops)
    assert selected(text, PG_DATABASE_READ, {PG_DATABASE: "south"}) == []
    assert 0 not in values(text, PG_COLLECTOR_SUCCESS)
