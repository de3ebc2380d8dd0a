"""What an engine executes is counted once, and nothing about it changes."""

import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    event,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from tests.plugins.application import exposed, quiet
from watchbill import InvalidDeclaration, Observability
from watchbill.catalogue.database import (
    BULK_ROWS,
    NO_TABLE,
    QUERY_DURATION,
    QUERY_ERRORS,
    QUERY_TYPE,
    ROWS_AFFECTED,
    TABLE,
    TRANSACTION_DURATION,
    TRANSACTION_OUTCOME,
    TRANSACTIONS,
)
from watchbill.catalogue.http import EXCEPTION
from watchbill.catalogue.pool import CONNECTIONS_IDLE, DB
from watchbill.guard import OTHER
from watchbill.testing import Spans

PARTS = Table("parts", MetaData(), Column("id", Integer, primary_key=True), Column("name", String))


@pytest.fixture
def engine() -> Iterator[Engine]:
    """With an empty table."""
    made = create_engine("sqlite://")
    PARTS.metadata.create_all(made)
    yield made
    made.dispose()


def queries(observability: Observability, kind: str, table: str = "parts", db: str = "stock") -> float:
    """How many statements of a kind were counted."""
    return exposed(observability).count(QUERY_DURATION, {DB: db, QUERY_TYPE: kind, TABLE: table})


def rows(observability: Observability, kind: str) -> float:
    """How many rows they touched."""
    return exposed(observability).value(ROWS_AFFECTED, {QUERY_TYPE: kind, TABLE: "parts"})


def ended(observability: Observability, outcome: str) -> float:
    """How many transactions ended so."""
    return exposed(observability).value(TRANSACTIONS, {DB: "stock", TRANSACTION_OUTCOME: outcome})


def test_statements_are_counted_by_kind_and_table_with_their_rows(engine: Engine) -> None:
    observability = quiet().sqlalchemy(engine, name="stock")
    with engine.begin() as connection:
        connection.execute(insert(PARTS).values(name="a"))
        connection.execute(insert(PARTS), [{"name": "b"}, {"name": "c"}, {"name": "d"}])
        connection.execute(upsert(PARTS).on_conflict_do_nothing(), [{"id": 1, "name": "x"}, {"id": 9, "name": "y"}])
        connection.execute(update(PARTS).where(PARTS.c.id == 1).values(name="z"))
        connection.execute(update(PARTS).values(name="w"))
        connection.execute(delete(PARTS).where(PARTS.c.id > 1))
        connection.execute(select(PARTS)).all()
        connection.exec_driver_sql("SELECT * FROM parts").all()
        connection.execute(text("SELECT * FROM parts"), execution_options={"no_parameters": True}).all()

    assert {kind: queries(observability, kind) for kind in ("insert", "update", "select", "bulk_delete")} == {
        "insert": 1,
        "update": 1,
        "select": 3,
        "bulk_delete": 1,
    }
    assert queries(observability, "bulk_insert") == queries(observability, "bulk_upsert") == 1
    assert rows(observability, "bulk_insert") == 3
    assert rows(observability, "bulk_update") == 5
    assert exposed(observability).total(BULK_ROWS, {QUERY_TYPE: "bulk_delete"}) == 4
    assert exposed(observability).count(BULK_ROWS, {QUERY_TYPE: "bulk_insert"}) == 1


def test_an_insert_that_is_sent_in_parts_is_one_bulk_operation(engine: Engine) -> None:
    observability = quiet().sqlalchemy(engine, name="stock")
    with engine.begin() as connection:
        given = [{"name": str(number)} for number in range(2_500)]
        made = connection.execute(insert(PARTS).returning(PARTS.c.id), given).all()

    assert len(made) == 2_500
    assert queries(observability, "bulk_insert") == 3
    assert rows(observability, "bulk_insert") == 2_500
    assert exposed(observability).count(BULK_ROWS) == 1
    assert exposed(observability).total(BULK_ROWS) == 2_500


def test_the_orms_bulk_operations_are_bulk(engine: Engine) -> None:
    observability = quiet().sqlalchemy(engine, name="stock")
    from sqlalchemy.orm import registry

    class Part:
        """A row."""

    registry().map_imperatively(Part, PARTS)
    with Session(engine) as session:
        session.execute(insert(Part), [{"name": "a"}, {"name": "b"}])
        session.execute(update(Part), [{"id": 1, "name": "c"}, {"id": 2, "name": "d"}])
        session.execute(delete(Part).where(PARTS.c.id < 10), execution_options={"synchronize_session": False})
        session.commit()

    for kind in ("bulk_insert", "bulk_update", "bulk_delete"):
        assert (queries(observability, kind), rows(observability, kind)) == (1, 2)


def test_an_error_is_the_same_object_and_counts_by_the_drivers_class(engine: Engine) -> None:
    seen: list[BaseException] = []

    def see(context: Any) -> None:
        seen.append(context.original_exception)

    event.listen(engine, "handle_error", see)
    observability = quiet().sqlalchemy(engine, name="stock")
    with engine.begin() as connection:
        connection.execute(insert(PARTS).values(id=1))
        with pytest.raises(IntegrityError) as caught:
            connection.execute(insert(PARTS).values(id=1, name="a secret"))

    assert caught.value.orig is seen[0]
    wrong = {QUERY_TYPE: "insert", EXCEPTION: "sqlite3.IntegrityError"}
    assert exposed(observability).value(QUERY_ERRORS, wrong) == 1
    assert queries(observability, "insert") == 2
    assert rows(observability, "insert") == 1
    assert "secret" not in observability.exposition()


def test_transactions_end_once_as_the_database_ended_them(engine: Engine) -> None:
    observability = quiet().sqlalchemy(engine, name="stock")
    assert exposed(observability).series(TRANSACTIONS) == 3
    with engine.begin() as connection:
        connection.execute(select(PARTS))
        with connection.begin_nested() as savepoint:
            connection.execute(insert(PARTS).values(name="a"))
            savepoint.rollback()
    with engine.connect() as connection:
        connection.execute(select(PARTS))
    with engine.connect() as connection:
        connection.execute(select(PARTS))
        connection.invalidate()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(select(1))
        connection.commit()

    assert [ended(observability, outcome) for outcome in ("committed", "rolled_back", "failed")] == [1, 1, 1]
    assert exposed(observability).count(TRANSACTION_DURATION) == 3
    assert queries(observability, "other", NO_TABLE) == 2


def test_a_commit_that_fails_is_a_failed_transaction(tmp_path: Any) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/stock.db", connect_args={"timeout": 0})
    PARTS.metadata.create_all(engine)
    observability = quiet().sqlalchemy(engine)
    with engine.connect() as reader, engine.connect() as writer:
        reader.exec_driver_sql("BEGIN")
        reader.execute(select(PARTS)).all()
        writer.execute(insert(PARTS).values(name="a"))
        with pytest.raises(OperationalError):
            writer.commit()

    assert ended(observability, "failed") == 1
    engine.dispose()


def test_transactions_that_the_application_begins_itself_count(engine: Engine) -> None:
    def disarm(connection: Any, _record: object) -> None:
        connection.isolation_level = None

    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    event.listen(engine, "connect", disarm)
    event.listen(engine, "begin", begin)
    engine.dispose()
    observability = quiet().sqlalchemy(engine, name="stock")
    with engine.begin() as connection:
        connection.execute(select(1))

    assert ended(observability, "committed") == 1


def test_queries_inside_a_span_have_one_without_values() -> None:
    spans = Spans()
    observability = Observability("shop", tracing=spans.tracing, logging=None)
    engine = create_engine("sqlite:///:memory:")
    PARTS.metadata.create_all(engine)
    observability.sqlalchemy(engine, name="stock")
    provider = observability.tracer_provider
    assert provider is not None
    with engine.begin() as connection:
        connection.execute(select(PARTS)).all()
        with provider.get_tracer("test").start_as_current_span("page"):
            connection.execute(select(PARTS).where(PARTS.c.name == "a secret", PARTS.c.id.in_([1, 2]))).all()
            connection.execute(insert(PARTS), [{"id": 7}, {"id": 8}])
            with pytest.raises(IntegrityError):
                connection.execute(text("INSERT INTO parts VALUES (7, 'a secret')"))

    found, many, failed, page = spans.finished
    assert found.name == "SELECT parts"
    assert dict(found.attributes or {}) == {
        "db.system.name": "sqlite",
        "db.namespace": "sqlite",
        "db.operation.name": "SELECT",
        "db.collection.name": "parts",
        "db.query.text": "SELECT parts.id, parts.name FROM parts WHERE parts.name = ? AND parts.id IN (?)",
    }
    assert (many.attributes or {})["db.operation.batch.size"] == 2
    assert (failed.attributes or {})["error.type"] == "IntegrityError"
    assert failed.status.status_code.name == "ERROR"
    assert "secret" not in "".join(span.to_json() for span in (found, many, failed))
    assert found.parent == page.get_span_context()
    engine.dispose()


def test_nothing_is_left_after_the_end_and_what_another_library_put_on_top_stays(engine: Engine) -> None:
    before = dict(vars(engine.dialect))
    observability = quiet().sqlalchemy(engine, name="stock").sqlalchemy(engine, name="stock")
    with engine.connect() as connection:
        connection.execute(select(PARTS))
    assert queries(observability, "select") == 1
    observability.uninstrument(engine)
    assert {name for name in vars(engine.dialect) if name.startswith("do_")} == set()
    assert [name for name in vars(engine.dialect) if "watchbill" in name and name not in before] == []

    observability.sqlalchemy(engine, name="stock")
    ours: Any = engine.dialect.do_execute
    calls: list[str] = []

    def on_top(cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        calls.append(statement)
        ours(cursor, statement, parameters, context)

    vars(engine.dialect)["do_execute"] = on_top
    observability.uninstrument(engine)
    with engine.connect() as connection:
        connection.execute(select(PARTS))

    assert len(calls) == 1
    assert queries(observability, "select") == 1
    del vars(engine.dialect)["do_execute"]


def test_every_engine_is_measured_those_made_later_too_and_one_by_itself_keeps_its_name(tmp_path: Any) -> None:
    early = create_engine(f"sqlite:///{tmp_path}/early.db")
    named = create_engine(f"sqlite:///{tmp_path}/named.db")
    made = Engine.__init__
    observability = quiet().sqlalchemy().sqlalchemy(named, name="mine")
    late = create_engine(f"sqlite:///{tmp_path}/late.db")
    for engine in (early, named, late):
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    assert exposed(observability).values_of(QUERY_DURATION, DB) >= {"early", "mine", "late"}
    assert "named" not in exposed(observability).values_of(QUERY_DURATION, DB)
    assert exposed(observability).value(CONNECTIONS_IDLE, {DB: "mine"}) == 1
    assert "every engine" in observability.report()["sqlalchemy"].reason

    observability.uninstrument(named)
    with named.connect() as connection:
        connection.execute(text("SELECT 1"))
    assert queries(observability, "select", NO_TABLE, "named") == 1

    observability.uninstrument(Engine)
    assert Engine.__init__ is made
    for engine in (early, named, late):
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        engine.dispose()
    assert sum(queries(observability, "select", NO_TABLE, db) for db in ("early", "mine", "late", "named")) == 4


def test_two_observabilities_count_an_engine_once(engine: Engine) -> None:
    first = quiet().sqlalchemy(engine, name="stock")
    second = quiet().sqlalchemy(engine, name="stock")
    everywhere = quiet().sqlalchemy()
    with engine.connect() as connection:
        connection.execute(select(PARTS))

    assert [queries(one, "select") for one in (first, second, everywhere)] == [1, 0, 0]
    assert second.report()["sqlalchemy stock"].state == "off"
    everywhere.uninstrument(Engine)
    first.uninstrument(engine)


def test_an_engine_nobody_has_any_more_is_collected() -> None:
    observability = quiet().sqlalchemy()
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        connection.execute(select(1))
    engine.dispose()
    gone = weakref.ref(engine)
    del engine, connection
    gc.collect()

    assert gone() is None
    observability.uninstrument(Engine)


def test_tables_beyond_their_number_are_folded(engine: Engine) -> None:
    observability = quiet().sqlalchemy(engine, name="stock")
    with engine.connect() as connection:
        for number in range(TABLE.limit + 20):
            with pytest.raises(OperationalError):
                connection.exec_driver_sql(f"SELECT * FROM t{number}")  # noqa: S608  a number of ours

    assert len(exposed(observability).values_of(QUERY_DURATION, TABLE)) == TABLE.limit
    assert queries(observability, "select", OTHER) == 21


def test_a_fault_of_ours_reaches_nobody(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    observability = quiet().sqlalchemy(engine, name="stock")

    def broken(*_given: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("watchbill.database.meter.Statement", broken)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 42")).scalar() == 42
    monkeypatch.undo()
    monkeypatch.setattr("watchbill.database.series.Row.__init__", broken)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 43")).scalar() == 43

    assert 'component="database"' in observability.exposition()


def test_interrupts_pass_through(engine: Engine) -> None:
    observability = quiet().sqlalchemy(engine, name="stock")

    def interrupt(*_given: object) -> None:
        raise KeyboardInterrupt

    dialect: Dialect = engine.dialect
    observability.uninstrument(engine)
    vars(dialect)["do_execute"] = interrupt
    observability.sqlalchemy(engine, name="stock")
    with pytest.raises(KeyboardInterrupt), engine.connect() as connection:
        connection.execute(select(PARTS))
    observability.uninstrument(engine)
    del vars(dialect)["do_execute"]

    assert exposed(observability).value(QUERY_ERRORS, {EXCEPTION: "KeyboardInterrupt"}) == 1


def test_what_is_no_engine_is_refused() -> None:
    with pytest.raises(InvalidDeclaration, match="str is no engine; give what create_engine"):
        quiet().sqlalchemy("sqlite://")


def test_without_sqlalchemy_one_error_names_the_command() -> None:
    script = (
        "import sys; sys.modules['sqlalchemy'] = None\n"
        "import watchbill\n"
        "try: watchbill.Observability('shop').sqlalchemy()\n"
        "except watchbill.MissingExtra as error: print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert told == (
        "obs.sqlalchemy() needs sqlalchemy, which is not installed.\n"
        'Install it with: pip install "watchbill[sqlalchemy]"\n'
    )
