"""A database with everything that the collectors of tables, indexes and statements look for."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from psycopg.errors import UniqueViolation

from tests.exporters.postgres_server.scraping import scraped
from tests.plugins.exposition import samples
from tests.plugins.postgres_server import PostgresServer
from watchbill.catalogue import Label, Metric
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.postgres_server.tables import PG_TABLE

GARAGE = "garage"
STRANGE = 'we"ird\n\\ näme {}%'

_SCAN, _SCANS = "SELECT count(*) FROM letters", 101
_COUNTED = f"""
SELECT queryid::text, calls, total_exec_time / 1000, rows, shared_blks_hit, shared_blks_read
FROM pg_stat_statements WHERE query = '{_SCAN}'
"""  # noqa: S608  # of the test's own
# Nothing is vacuumed, analyzed or scanned but by these statements, so that two readings of a number agree.
_STATEMENTS = (
    "CREATE EXTENSION pg_stat_statements",
    # Other tests' texts may be in no encoding that can be read.
    "SELECT pg_stat_statements_reset()",
    """
    CREATE TABLE parcels (id bigint PRIMARY KEY, shelf int, weighed timestamptz) WITH (autovacuum_enabled = off);
    INSERT INTO parcels SELECT n, n % 100, to_timestamp(n) FROM generate_series(1, 60000) AS n;
    CREATE INDEX parcels_shelf ON parcels (shelf);
    CREATE INDEX parcels_shelf_again ON parcels (shelf);
    CREATE INDEX parcels_shelf_weighed ON parcels (shelf, weighed);
    CREATE INDEX parcels_weighed ON parcels (weighed DESC);
    """,
    """
    CREATE TABLE letters (id int, body text) WITH (autovacuum_enabled = off);
    INSERT INTO letters SELECT n, repeat('x', n % 200) FROM generate_series(1, 20000) AS n;
    CREATE TABLE stamps (id int PRIMARY KEY, name text NOT NULL) WITH (autovacuum_enabled = off);
    INSERT INTO stamps SELECT n, 'stamp ' || n FROM generate_series(1, 40) AS n;
    """,
    """
    CREATE TABLE routes (id int PRIMARY KEY);
    CREATE TABLE stops (id int PRIMARY KEY, route int REFERENCES routes, origin int REFERENCES routes);
    CREATE INDEX stops_origin ON stops (origin);
    CREATE TABLE pairs (a int, b int, PRIMARY KEY (a, b));
    CREATE TABLE pairings (a int, b int, FOREIGN KEY (a, b) REFERENCES pairs);
    CREATE INDEX pairings_a ON pairings (a) INCLUDE (b);
    CREATE TABLE twins (x int) WITH (autovacuum_enabled = off);
    INSERT INTO twins VALUES (1), (1);
    CREATE TABLE crates (id int, tag int) WITH (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
    INSERT INTO crates SELECT n FROM generate_series(1, 2000) AS n;
    UPDATE crates SET tag = 1 WHERE id <= 500;
    CREATE MATERIALIZED VIEW shelves WITH (autovacuum_enabled = off) AS SELECT DISTINCT shelf FROM parcels;
    CREATE TABLE years (at date, route int REFERENCES routes) PARTITION BY RANGE (at);
    CREATE TABLE years_now PARTITION OF years FOR VALUES FROM ('2000-01-01') TO ('2100-01-01');
    """,
    'CREATE TABLE "we""ird\n\\ näme {}%" (id int); INSERT INTO "we""ird\n\\ näme {}%" VALUES (1)',
    "VACUUM ANALYZE parcels, letters, stamps",
    # Half of the letters and three of four parcels leave room behind.
    "DELETE FROM parcels WHERE id % 4 <> 0; DELETE FROM letters WHERE id % 2 = 0",
    "ALTER TABLE stamps SET (autovacuum_enabled = on, autovacuum_vacuum_threshold = 1000000)",
    *[_SCAN] * _SCANS,
)
# Over a connection of their own: a session's counts reach the server's statistics when it ends.
_AFTERWARDS = ("VACUUM ANALYZE parcels", "ANALYZE letters")
_REBUILDS = {
    "parcels": "CLUSTER parcels USING parcels_pkey",
    "parcels_pkey": "REINDEX INDEX parcels_pkey",
    "parcels_shelf_weighed": "REINDEX INDEX parcels_shelf_weighed",
    "parcels_weighed": "REINDEX INDEX parcels_weighed",
}


class Shown:
    """What a scrape showed of the database, parsed once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._samples = samples(text)

    def of(self, metric: Metric, labels: Mapping[Label, str] = MappingProxyType({})) -> list[float]:
        """Values of a metric's series in the database, with these values among their labels."""
        return list(self.by(metric, labels).values())

    def by(self, metric: Metric, labels: Mapping[Label, str] = MappingProxyType({})) -> dict[tuple[str, ...], float]:
        """The same by the values of all labels, in the order of their names."""
        known = sorted(label.name for label in metric.labels)
        wanted = {PG_DATABASE.name: GARAGE} if PG_DATABASE.name in known else {}
        wanted |= {label.name: value for label, value in labels.items()}
        return {
            values: number
            for (name, values), number in self._samples.items()
            if name == metric.name and wanted.items() <= dict(zip(known, values, strict=True)).items()
        }

    def of_table(self, metric: Metric, table: str) -> list[float]:
        """Values of one table."""
        return self.of(metric, {PG_TABLE: table})


@dataclass(frozen=True)
class Garage:
    """The server, what one scrape of the database showed, and what was true of it then.

    `freed` is what share a rebuild would free, in percent; `counted` what pg_stat_statements says of one statement.
    """

    server: PostgresServer
    shown: Shown
    freed: Mapping[str, float]
    counted: Mapping[str, float]
    queryid: str

    def says(self, query: str) -> float:
        """What the superuser reads in the first row's first column."""
        ((value,),) = self.server.execute(query, GARAGE)
        assert isinstance(value, int | float)
        return float(value)


def autovacuum(server: PostgresServer, *, on: bool) -> None:
    """Lets it run, every second, or not at all."""
    for setting in (f"autovacuum = {'on' if on else 'off'}", "autovacuum_naptime = 1"):
        server.execute(f"ALTER SYSTEM SET {setting}")
    server.execute("SELECT pg_reload_conf()")


def furnish(server: PostgresServer) -> None:
    """Makes the database, on a server whose autovacuum rests."""
    autovacuum(server, on=False)
    server.execute(f"DROP DATABASE IF EXISTS {GARAGE} WITH (FORCE)")
    server.execute(f"CREATE DATABASE {GARAGE}")
    for statements in (_STATEMENTS, _AFTERWARDS):
        with server.connect(GARAGE) as connection:
            for statement in statements:
                for one in statement.split(";"):
                    if one.strip():
                        connection.execute(one.encode())
    # Its failure leaves the invalid index that is wanted.
    with suppress(UniqueViolation):
        server.execute("CREATE UNIQUE INDEX CONCURRENTLY twins_x ON twins (x)", GARAGE)


async def seen(server: PostgresServer) -> Garage:
    """The database as a first scrape shows it; rebuilt before, as that reads blocks, and undone."""
    freed = {name: _freed(server, name, command) for name, command in _REBUILDS.items()}
    shown = Shown(await scraped(server, database=GARAGE))
    (row,) = server.execute(_COUNTED, GARAGE)
    columns = ("queryid", "calls", "seconds", "rows", "hit", "read")
    counted = {name: float(str(value)) for name, value in zip(columns, row, strict=True) if name != "queryid"}
    return Garage(server, shown, freed, counted, str(row[0]))


def _freed(server: PostgresServer, name: str, command: str) -> float:
    sizes: list[int] = []
    with server.connect(GARAGE) as connection:
        connection.execute("BEGIN")
        for statement in ("SELECT 1", command):
            connection.execute(statement.encode())
            row = connection.execute("SELECT pg_relation_size(%s)", (name,)).fetchone()
            assert row is not None
            assert isinstance(row[0], int)
            sizes.append(row[0])
        connection.execute("ROLLBACK")
    before, after = sizes
    return 100 * (before - after) / before
