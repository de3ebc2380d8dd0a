"""What a statement's text says of it."""

import pytest

from watchbill.catalogue.database import NO_TABLE, QUERY_TYPE
from watchbill.database.statement import LONGEST, Statement, is_alone, normalised


@pytest.mark.parametrize(
    ("text", "kind", "table"),
    [
        ("SELECT id FROM products WHERE id = 1", "select", "products"),
        ("  -- of the page\n /* more */ select * from shop.products p", "select", "products"),
        ('SELECT * FROM "Shop"."Order Items" AS i', "select", "Order Items"),
        ('SELECT * FROM "a""b"', "select", 'a"b'),
        ("SELECT * FROM `shop`.`orders`", "select", "orders"),
        ("SELECT * FROM [dbo].[orders]", "select", "orders"),
        ("(SELECT a FROM one) UNION (SELECT a FROM two)", "select", "one"),
        ("SELECT EXTRACT(year FROM created) FROM orders", "select", "orders"),
        ("SELECT (SELECT count(*) FROM items) FROM orders", "select", "orders"),
        ("SELECT * FROM (SELECT * FROM inner_table) AS x", "select", "inner_table"),
        ("SELECT * FROM ONLY parents", "select", "parents"),
        ("SELECT * FROM generate_series(1, 3)", "select", NO_TABLE),
        ("SELECT 'from lies' AS word", "select", NO_TABLE),
        ("SELECT 1", "select", NO_TABLE),
        ("VALUES (1), (2)", "select", NO_TABLE),
        ("WITH x AS (SELECT * FROM source) SELECT * FROM target, x", "select", "target"),
        ("WITH RECURSIVE x (n) AS (SELECT 1) INSERT INTO log (n) SELECT n FROM x", "insert", "log"),
        ("WITH gone AS (DELETE FROM a RETURNING *) UPDATE b SET n = 1", "update", "b"),
        ("INSERT INTO orders (id) VALUES (1)", "insert", "orders"),
        ("INSERT OR IGNORE INTO orders VALUES (1)", "insert", "orders"),
        ("REPLACE INTO orders VALUES (1)", "insert", "orders"),
        ("UPDATE ONLY shop.orders SET n = 1 FROM other", "update", "orders"),
        ("UPDATE OR IGNORE orders SET n = 1", "update", "orders"),
        ("DELETE FROM orders", "delete", "orders"),
        ("MERGE INTO orders USING x ON (true)", "merge", "orders"),
        ("CREATE TABLE IF NOT EXISTS orders (id int)", "ddl", "orders"),
        ("CREATE UNIQUE INDEX CONCURRENTLY ix ON orders (id)", "ddl", "orders"),
        ("DROP TABLE orders", "ddl", "orders"),
        ("DROP INDEX ix", "ddl", NO_TABLE),
        ("TRUNCATE orders", "ddl", "orders"),
        ("COPY orders (id) FROM STDIN", "copy", "orders"),
        ("COPY (SELECT * FROM orders) TO STDOUT", "copy", NO_TABLE),
        ("CALL refresh()", "call", NO_TABLE),
        ("EXPLAIN SELECT * FROM orders", "other", NO_TABLE),
        ("SAVEPOINT sa_savepoint_1", "other", NO_TABLE),
        ("SET search_path = x", "other", NO_TABLE),
        ("", "other", NO_TABLE),
        ("(((", "other", NO_TABLE),
        ("SELECT * FROM", "select", NO_TABLE),
        ("SELECT * FROM x.", "select", "x"),
    ],
)
def test_a_statement_has_a_kind_and_a_table(text: str, kind: str, table: str) -> None:
    statement = Statement(text)

    assert (statement.kind, statement.table) == (kind, table)
    assert kind in QUERY_TYPE.values


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("SELECT *\n  FROM  t -- why\n WHERE a = 5 AND b='x''y'", "SELECT * FROM t WHERE a = ? AND b=?"),
        ("SELECT * FROM t2 WHERE a IN (1, 2,3) AND b IN (%s, %s)", "SELECT * FROM t2 WHERE a IN (?) AND b IN (?)"),
        ("INSERT INTO t VALUES (1, 'a'), (2, 'b');", "INSERT INTO t VALUES (?)"),
        ("... IN (%(a_1)s::NUMERIC(10, 2), %(a_2)s::TIMESTAMP WITHOUT TIME ZONE, $3::INTEGER[])", "... IN (?)"),
        ("SELECT $1::int, $2::text, :name, %(n)s, ?, @v", "SELECT ?::int, ?::text, ?, ?, ?, ?"),
        ("SELECT -1.5e3, 0xFF, .5, E'a\\'b', N'x'", "SELECT -?, ?, ?, ?, ?"),
        ("SELECT $$it's$$, $tag$a $$ b$tag$ FROM t", "SELECT ?, ? FROM t"),
        ('SELECT "a""b", "t"."c" FROM t WHERE c = \'', 'SELECT "a""b", "t"."c" FROM t WHERE c = ?'),
        ("SELECT 1 /* a secret */ FROM t /* unended", "SELECT ? FROM t"),
        ("SELECT t1.c2 FROM t1", "SELECT t1.c2 FROM t1"),
    ],
)
def test_values_and_comments_are_left_out_of_the_normalised_text(text: str, shown: str) -> None:
    assert normalised(text) == shown


@pytest.mark.parametrize("text", ["SELECT 'a\\', 'hidden' FROM t", "SELECT 'it\\'s hidden' FROM t"])
def test_a_value_that_ends_in_a_backslash_ends_the_text_for_servers_differ_on_what_follows(text: str) -> None:
    assert normalised(text) == "SELECT ?"


def test_in_mysql_double_quotes_hold_values() -> None:
    assert Statement('SELECT * FROM t WHERE a = "hidden"', "mysql").normalised == "SELECT * FROM t WHERE a = ?"


def test_statements_that_differ_in_values_have_one_fingerprint() -> None:
    prints = {
        Statement(text).fingerprint
        for text in ("SELECT * FROM t WHERE a = 1", "SELECT *  FROM t\nWHERE a = 'x'", "SELECT * FROM t WHERE a = $1")
    }

    assert len(prints) == 1
    assert Statement("SELECT * FROM t WHERE b = 1").fingerprint not in prints


@pytest.mark.parametrize(
    ("text", "batched"),
    [
        ("SELECT * FROM t WHERE a IN (" + "%s, " * 10 + "%s)", True),
        ("SELECT * FROM t WHERE a IN ('new', 'paid') AND b = 1", False),
        ("SELECT * FROM t WHERE a IN (" + "%s::INTEGER, " * 10 + "%s::INTEGER)", True),
        ("SELECT * FROM t WHERE a = ANY($1)", True),
        ("SELECT * FROM t JOIN unnest($1::int[]) AS x ON true", True),
        ("INSERT INTO company(id) VALUES (1)", False),
    ],
)
def test_a_statement_that_asks_for_many_at_once_is_a_batch(text: str, batched: bool) -> None:
    assert Statement(text).is_batched is batched


def test_an_upsert_is_told_from_an_insert() -> None:
    assert Statement("INSERT INTO t VALUES (1)\nON CONFLICT (id) DO UPDATE SET n = 1").upserts
    assert Statement("REPLACE INTO t VALUES (1)").upserts
    assert not Statement("INSERT INTO t VALUES (1)").upserts


def test_a_statement_of_a_megabyte_is_read_to_its_bound() -> None:
    statement = Statement("SELECT " + "('x', 1), " * 100_000 + "1 FROM t")

    assert statement.table == NO_TABLE
    assert len(statement.normalised) < LONGEST


@pytest.mark.parametrize("piece", ["?::a b c ,", "?::a(?, ?)[] ,", "(? ,", "? "])
def test_a_list_that_does_not_end_is_read_to_its_bound(piece: str) -> None:
    assert Statement("SELECT 1 IN (" + piece * 2_000).normalised.startswith("SELECT ? IN (")


@pytest.mark.parametrize(
    ("system", "text"),
    [
        ("postgresql", "SELECT 1 /* a /* b */ hidden */"),
        ("postgresql", "/* /* */ it's */ SELECT 'hidden'"),
        ("postgresql", "SELECT $été$a$b$hidden$été$"),
        ("postgresql", "SELECT ARRAY[NULL, 'hidden'], ARRAY[lower('hidden')]"),
        ("postgresql", "SELECT E'a'\n'b\\'', 'hidden'"),
        ("postgresql", "SELECT 'don\\'t from hidden ' AS word FROM t"),
        ("postgresql", "SELECT \"a FROM t WHERE b = 'hidden'"),
        ("postgresql", "SELECT a$b$c, 'hidden', a$b$c"),
        ("postgresql", "SELECT 1 -- it's\rFROM t WHERE b = 'c\nhidden'"),
        ("mysql", "INSERT INTO t VALUES ('it\\'', 'hidden')"),
        ("mysql", 'INSERT INTO t VALUES ("it\\"s hidden")'),
        ("mysql", "SELECT 1 # don't\n, 'hidden'"),
        ("mysql", "SELECT 5--'a\n hidden'"),
        ("mysql", "SELECT `a FROM t WHERE b = 'hidden'"),
        ("oracle.db", "SELECT q'[it's hidden]', Nq'!it's hidden!' FROM dual"),
    ],
)
def test_no_value_of_a_hostile_statement_is_shown(system: str, text: str) -> None:
    statement = Statement(text, system)

    assert "hidden" not in f"{statement.normalised} {statement.name} {statement.table}"


def test_numbers_leave_no_digit() -> None:
    assert normalised("SELECT 4_111_222, 0b101, 0o17, 1e+5, a.b2[1:3]") == "SELECT ?, ?, ?, ?, a.b2[?:?]"


def test_a_name_ends_with_the_lengths_that_labels_have() -> None:
    statement = Statement('SELECT * FROM "' + "a" * 5_000 + '"')

    assert len(statement.table) < 200
    assert len(statement.name) < 200


def test_a_name_that_is_no_unicode_can_be_written() -> None:
    statement = Statement('SELECT "\ud800" FROM "\ud800"')

    assert f"{statement.name} {statement.table} {statement.normalised}".encode()


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("SELECT ';' FROM t; -- done;\n", True),
        ("SELECT 1; DELETE FROM t", False),
        ("SELECT 'a\\'; DELETE FROM t", False),
        ("SELECT a$b$; DELETE FROM t; SELECT a$b$", False),
        ("SELECT 1 " + " " * LONGEST, False),
    ],
)
def test_a_statement_is_alone_where_nothing_can_follow_it(text: str, alone: bool) -> None:
    assert is_alone(text) is alone


def test_names_in_brackets_that_do_not_end_are_read_to_their_bound() -> None:
    assert Statement("[a" * LONGEST).normalised.startswith("[a[a")


@pytest.mark.parametrize("row", ["(%(name_{0})s, %(maker_{0})s), ", "({0}, '{0}'), "])
def test_a_list_that_is_cut_is_one_list(row: str) -> None:
    lists = ["".join(row.format(first + n) for n in range(2_000)) for first in (0, 900_000)]
    statements = [Statement("VALUES " + rows) for rows in lists]

    assert {statement.normalised for statement in statements} == {"VALUES (?)"}
    assert statements[0].is_cut
