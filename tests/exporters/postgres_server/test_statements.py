"""Statements by the time they took."""

import json
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.exporters.postgres_server.garage import GARAGE, Garage
from tests.exporters.postgres_server.scraping import target_of
from tests.exporters.probing import Exporter
from watchbill.catalogue.postgres_server import statements as catalogue
from watchbill_exporters import PostgresSettings
from watchbill_exporters.collector import Collected
from watchbill_exporters.configuration.web import WebSettings
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.postgres_server.driver import PostgresDriver
from watchbill_exporters.postgres_server.server import Extension, Server
from watchbill_exporters.postgres_server.statements import EXTENSION, KEPT_SECONDS, statements
from watchbill_exporters.postgres_server.table import Table
from watchbill_exporters.resolver import Resolver


def test_a_statements_counters_are_those_of_the_extension(garage: Garage) -> None:
    labels = {catalogue.PG_QUERY_ID: garage.queryid, catalogue.PG_USER: "admin"}
    shown = {
        "calls": catalogue.PG_STATEMENT_CALLS,
        "seconds": catalogue.PG_STATEMENT_SECONDS,
        "rows": catalogue.PG_STATEMENT_ROWS,
        "hit": catalogue.PG_STATEMENT_HIT,
        "read": catalogue.PG_STATEMENT_READ,
    }
    assert garage.counted["calls"] == 101
    assert {name: garage.shown.of(metric, labels) for name, metric in shown.items()} == {
        name: [pytest.approx(value)] for name, value in garage.counted.items()
    }


def test_no_label_holds_a_statements_text(garage: Garage) -> None:
    lines = [line for line in garage.shown.text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if "SELECT" in line or "letters WHERE" in line] == []
    assert garage.shown.of(catalogue.PG_STATEMENTS_KNOWN)[0] > 0
    assert garage.shown.of(catalogue.PG_STATEMENTS_EVICTED) == [0]


async def test_a_statement_stays_for_a_while_when_another_takes_its_place_in_the_top(garage: Garage) -> None:
    garage.server.execute("SELECT pg_stat_statements_reset()", GARAGE)
    garage.server.execute("SELECT pg_sleep(0.02)", GARAGE)
    driver = PostgresDriver(target_of(garage.server, database=GARAGE, statements=1), Resolver(1))
    session = await driver.connect(Deadline.after(10))
    try:
        first = await session.read_slowly("statements", Deadline.after(10))
        garage.server.execute("SELECT pg_sleep(0.1), 1", GARAGE)
        second = await session.read_slowly("statements", Deadline.after(10))
    finally:
        await session.close()
        await driver.close()
    assert len(_queries(first)) == 1
    assert len(_queries(second)) == 2
    assert set(_queries(first)) < set(_queries(second))


def test_a_statement_out_of_the_top_is_asked_for_until_its_time_is_up() -> None:
    now = [0.0]
    collector = statements(lambda: now[0])
    server = _server()
    assert collector.arguments(server) == ("1", "{}", "{}", "{}")
    list(collector.measure(_row("10", "5", "-77", first=True), server))
    now[0] = KEPT_SECONDS
    list(collector.measure(_row("10", "5", "88", first=False), server))
    assert collector.arguments(server) == ("1", "{10}", "{5}", "{-77}")
    now[0] = KEPT_SECONDS + 1
    assert collector.arguments(server) == ("1", "{}", "{}", "{}")


def _queries(found: Collected) -> list[str]:
    assert found.fault is None
    return [key[2] for one in found.measured if one.metric is catalogue.PG_STATEMENT_CALLS for key in one.keys]


def _server() -> Server:
    return Server(
        settings=PostgresSettings(name="orders", address="db:5432", statements=1),
        version=150_000,
        standby=False,
        database="shop",
        held=frozenset(),
        encoding="UTF8",
        extensions=MappingProxyType({EXTENSION: Extension("public", "1.10")}),
    )


def _row(user: str, database: str, query: str, *, first: bool) -> Table:
    row: dict[str, str | float] = {"userid": user, "dbid": database, "queryid": query, "user": "admin"}
    row |= {"datname": "shop", "first": float(first)}
    return Table({name: [value] for name, value in row.items()})


async def test_why_a_server_that_is_up_gives_no_texts_is_told(garage: Garage, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("open-sesame-open-sesame", encoding="utf-8")
    target = target_of(garage.server, database=GARAGE)
    garage.server.execute("REVOKE EXECUTE ON FUNCTION pg_stat_statements(boolean) FROM PUBLIC", GARAGE)
    try:
        async with Exporter(target, web=WebSettings(bearer_token_file=str(tmp_path / "token"))) as exporter:
            path = f"/statements?target={target.name}"
            answer = await exporter.get(path, authorization="Bearer open-sesame-open-sesame")
    finally:
        garage.server.execute("GRANT EXECUTE ON FUNCTION pg_stat_statements(boolean) TO PUBLIC", GARAGE)
    assert answer.status == 503
    assert answer.text.startswith("InsufficientPrivilege: permission denied for function pg_stat_statements; remedy: ")


async def test_texts_are_for_readers_who_sign_in_and_leave_a_commands_secrets_out(
    garage: Garage, tmp_path: Path
) -> None:
    garage.server.execute("/* a note */ SELECT 'secret-in-a-constant' AS wanted", GARAGE)
    garage.server.execute("SET garage.token='secret-of-a-setting'", GARAGE)
    garage.server.execute("SELECT 'secret-of-a-copy' AS kept INTO TEMPORARY copied", GARAGE)
    garage.server.execute("ALTER ROLE watchbill VALID UNTIL 'infinity' PASSWORD 'battery-staple'", GARAGE)
    (tmp_path / "token").write_text("open-sesame-open-sesame", encoding="utf-8")
    target = target_of(garage.server, database=GARAGE)
    async with Exporter(target) as exporter:
        unprotected = await exporter.get(f"/statements?target={target.name}")
    web = WebSettings(bearer_token_file=str(tmp_path / "token"))
    async with Exporter(target, web=web) as exporter:
        stranger = await exporter.get(f"/statements?target={target.name}")
        answer = await exporter.get(f"/statements?target={target.name}", authorization="Bearer open-sesame-open-sesame")
    assert (unprotected.status, stranger.status, answer.status) == (403, 401, 200)
    texts = {one["text"]: one["user"] for one in json.loads(answer.text) if one["datname"] == GARAGE}
    assert texts["SELECT $1 AS wanted"] == "admin"
    assert texts["ALTER ROLE"] == "admin"
    assert texts["SET garage"] == "admin"
    assert "secret-" not in answer.text
    assert "battery-staple" not in answer.text
