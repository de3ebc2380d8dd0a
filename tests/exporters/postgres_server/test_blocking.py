"""Who waits for whom."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial

import psycopg

from tests.exporters.postgres_server.scraping import scraped
from tests.plugins.exposition import selected
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.programs import wait_until
from watchbill.catalogue.postgres_server.databases import PG_DATABASE
from watchbill.catalogue.postgres_server.locks import (
    PG_BLOCKED,
    PG_BLOCKED_LONGEST,
    PG_BLOCKING,
    PG_BLOCKING_IDLE,
    PG_LOCK_MODE,
    PG_LOCKS,
    PG_LOCKS_WAITING,
)
from watchbill.catalogue.postgres_server.sessions import PG_ACTIVITY, PG_WAIT_EVENT_TYPE
from watchbill.catalogue.postgres_server.transactions import PG_IDLE_IN_TRANSACTION_AGE, PG_TRANSACTION_AGE
from watchbill_exporters import PostgresSettings
from watchbill_exporters.postgres_server.blocking import BLOCKING
from watchbill_exporters.postgres_server.rights import PARTS
from watchbill_exporters.postgres_server.server import Server

_HERE = {PG_DATABASE: "postgres"}
_WAITING = "SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


async def test_a_queue_for_a_lock_shows_its_length_its_wait_and_the_idle_session_at_its_head(
    either_postgres: PostgresServer,
) -> None:
    calm = await scraped(either_postgres)
    assert [selected(calm, metric, _HERE) for metric in (PG_BLOCKED, PG_BLOCKED_LONGEST, PG_BLOCKING)] == [[0]] * 3
    with _queue(either_postgres, "LOCK TABLE contended IN ACCESS EXCLUSIVE MODE", "SELECT FROM contended", 2):
        text = await scraped(either_postgres)
    assert selected(text, PG_BLOCKED, _HERE) == [2]
    assert 0 < selected(text, PG_BLOCKED_LONGEST, _HERE)[0] < 60
    assert selected(text, PG_BLOCKING, _HERE) == [1]
    assert selected(text, PG_BLOCKING_IDLE, _HERE) == [1]
    assert selected(text, PG_LOCKS_WAITING, {**_HERE, PG_LOCK_MODE: "accesssharelock"}) == [2]
    assert selected(text, PG_LOCKS, {**_HERE, PG_LOCK_MODE: "accessexclusivelock"})[0] >= 1
    assert sum(selected(text, PG_ACTIVITY, {**_HERE, PG_WAIT_EVENT_TYPE: "Lock"})) == 2
    assert selected(text, PG_TRANSACTION_AGE, _HERE)[0] > 0
    assert selected(text, PG_IDLE_IN_TRANSACTION_AGE, _HERE)[0] > 0


async def test_who_waits_for_a_row_waits_for_a_lock_in_its_own_database(either_postgres: PostgresServer) -> None:
    write = "UPDATE contended SET id = 2"
    with _queue(either_postgres, write, write, 3):
        text = await scraped(either_postgres)
        few = _asked_of_one(either_postgres)
    assert sum(selected(text, PG_LOCKS_WAITING, _HERE)) == 3
    assert (selected(text, PG_BLOCKED, _HERE), selected(text, PG_BLOCKING, _HERE)) == ([3], [1])
    assert few == (3, 0), "the last waits for the others, and they for one that is not asked for"


@contextmanager
def _queue(server: PostgresServer, first: str, then: str, length: int) -> Generator[None]:
    """A session that holds a lock and idles, and others that wait for it one after the other."""
    server.execute("CREATE TABLE contended AS SELECT 1 AS id")
    with server.connect() as head:
        head.execute(f"BEGIN; {first}".encode())
        waiting = [threading.Thread(target=server.execute, args=(then,)) for _ in range(length)]
        for number, thread in enumerate(waiting, 1):
            thread.start()
            wait_until(partial(_waits, server, number), "one more session waits")
        yield
        head.execute("ROLLBACK")
        for thread in waiting:
            thread.join()
        head.execute("DROP TABLE contended")


def _waits(server: PostgresServer, number: int) -> bool:
    return server.execute(_WAITING) == [(number,)]


def _asked_of_one(server: PostgresServer) -> tuple[object, object]:
    """Blocked and blocking sessions, when the last one that waits is the only one that is asked for whom it waits."""
    (version,) = server.execute("SELECT current_setting('server_version_num')::int")[0]
    assert isinstance(version, int)
    target = PostgresSettings(name="orders", address=server.address)
    known = Server(
        settings=target, version=version, standby=False, database="", encoding="UTF8", held=PARTS, extensions={}
    )
    query = BLOCKING.query(known)
    assert query is not None
    last = query.replace("FROM waiting LIMIT", "FROM waiting ORDER BY query_start DESC LIMIT")
    with server.connect() as connection:
        cursor = psycopg.RawCursor(connection).execute(last.encode(), ("1",))
        (found,) = [row for row in cursor if row[0] == _HERE[PG_DATABASE]]
    return found[1], found[3]
