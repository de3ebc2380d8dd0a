"""Operators between expressions: text, precedence, labels, units, and numbers written exactly."""

from decimal import Decimal
from math import inf, nan
from random import Random
from typing import Any

import promql_parser
import pytest

from watchbill import promql
from watchbill.catalogue import JOB, Gauge, Label, Unit
from watchbill.catalogue.label import TARGET_LABELS
from watchbill.expression import Binary, Expression, Scalar, Selector, select, total
from watchbill.expression.node import Number, number_text

TIER = Label(name="tier", help="The tier.", values=("gold", "silver"))
A, B, C = (Gauge(name=name, help="One.", labels=(TIER,)) for name in ("a", "b", "c"))
SIZE = Gauge(name="size_bytes", help="Size.", unit=Unit.BYTES)
a, b, c, size = select(A), select(B), select(C), select(SIZE)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (a + b, "a + b"),
        (a - 1, "a - 1"),
        (1 - a, "1 - a"),
        (a * 2, "a * 2"),
        (a / b, "a / b"),
        (a > 0.5, "a > 0.5"),
        (a >= b, "a >= b"),
        (a < b, "a < b"),
        (a <= 1, "a <= 1"),
        (a.equal_to(0), "a == 0"),
        (a.and_(b), "a and b"),
        (a.and_(b, on=(TIER, JOB)), "a and on (tier, job) b"),
        (a.and_(b, on=()), "a and on () b"),
        (a.or_(b), "a or b"),
        (a.unless(b, on=(TIER,)), "a unless on (tier) b"),
        ((a + b) * c, "(a + b) * c"),
        (a - (b - c), "a - (b - c)"),
        (total(a + b) / c, "sum(a + b) / c"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_operator_is_written_as_prometheus_reads_it(expression: Expression, expected: str) -> None:
    assert expression.promql() == expected
    promql.parse(expected)


def test_a_chained_comparison_is_refused_rather_than_cut_in_half() -> None:
    with pytest.raises(TypeError, match="join two comparisons with and_"):
        _ = 0 < a < 1


def _dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311  # a repeatable choice of trees, not a secret


def _random_tree(random: Random, depth: int) -> Expression:
    if depth == 0 or random.random() < 0.2:
        return random.choice([a, b, c])
    left, right = _random_tree(random, depth - 1), _random_tree(random, depth - 1)
    operator = random.choice(["+", "-", "*", "/", ">", "<", ">=", "<=", "==", "!=", "and", "or", "unless"])
    return Binary(left, operator, right)  # type: ignore[arg-type]  # one of the literals, chosen at random


def _shape(expression: Expression) -> object:
    match expression:
        case Binary():
            return (_shape(expression.left), expression.operator, _shape(expression.right))
        case Selector():
            return expression.metric.name
        case _:
            raise AssertionError(expression)


def _parsed_shape(node: Any) -> object:
    match node:
        case promql_parser.ParenExpr():
            return _parsed_shape(node.expr)
        case promql_parser.BinaryExpr():
            return (_parsed_shape(node.lhs), str(node.op), _parsed_shape(node.rhs))
        case _:
            return node.name


@pytest.mark.parametrize("seed", range(200))
def test_nested_operators_parse_back_to_the_tree_they_were_written_from(seed: int) -> None:
    tree = _random_tree(_dice(seed), depth=5)

    assert _parsed_shape(promql_parser.parse(tree.promql())) == _shape(tree)


@pytest.mark.parametrize("seed", range(20))
def test_the_canonical_text_of_a_tree_is_stable(seed: int) -> None:
    canonical = promql.canonical(_random_tree(_dice(seed), depth=4).promql())

    assert promql.canonical(canonical) == canonical


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Decimal("14.4") * Decimal("0.001"), "0.0144"),
        (Decimal("0.9990"), "0.999"),
        (Decimal("1E+3"), "1000"),
        (Decimal("100.00"), "100"),
        (Decimal(1) - Decimal("0.9999999"), "0.0000001"),
        (Decimal("0.1234567890123456789012345678901234567"), "0.1234567890123456789012345678901234567"),
        (0.00001, "0.00001"),
        (1e21, "1000000000000000000000"),
        (2.0, "2"),
        (100, "100"),
        (0, "0"),
        (-1.5, "-1.5"),
        (True, "1"),
        (inf, "+Inf"),
        (-inf, "-Inf"),
        (nan, "NaN"),
    ],
)
def test_a_number_is_written_in_digits_alone_and_exactly(number: Number, text: str) -> None:
    assert number_text(number) == text
    promql.parse(f"a > {text}")


def test_a_product_of_decimals_stays_exact_where_floats_do_not() -> None:
    assert (a > Decimal("14.4") * Decimal("0.001")).promql() == "a > 0.0144"
    assert 14.4 * 0.001 != 0.0144


@pytest.mark.parametrize(
    ("expression", "labels"),
    [
        (total(a, TIER) / total(b), {TIER}),
        (1 - total(a, TIER), {TIER}),
        (total(a, TIER) > 1, {TIER}),
        (total(a, TIER).or_(total(b, JOB)), {TIER, JOB}),
        (total(a, TIER, JOB).and_(total(b, TIER), on=(TIER,)), {TIER, JOB}),
        (total(a, TIER, JOB).unless(total(b, TIER), on=(TIER,)), {TIER, JOB}),
        (Binary(total(a, TIER, JOB), "/", total(b, TIER), on=(TIER,)), {TIER}),
        (Scalar(1), set[Label]()),
        (a, {TIER, *TARGET_LABELS}),
    ],
    ids=str,
)
def test_the_labels_of_the_result(expression: Expression, labels: set[Label]) -> None:
    assert expression.labels == labels


@pytest.mark.parametrize(
    ("expression", "unit"),
    [
        (size / size, Unit.RATIO),
        (size / 2, Unit.BYTES),
        (a / 2, Unit.COUNT),
        (a / b, Unit.RATIO),
        (size / a, Unit.BYTES),
        (size * 8, Unit.BYTES),
        (1 - size / size, Unit.RATIO),
        (size - size, Unit.BYTES),
        (size > 100, Unit.BYTES),
        (size.and_(a > 0), Unit.BYTES),
    ],
    ids=str,
)
def test_the_unit_of_the_result(expression: Expression, unit: Unit) -> None:
    assert expression.unit is unit
