"""Expressions over metrics: typed values that end as PromQL text."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal, NoReturn

from watchbill.catalogue.label import Label
from watchbill.catalogue.unit import Unit
from watchbill.names import CLASSIC, Names

Comparison = Literal[">", "<", ">=", "<=", "==", "!="]
SetOperator = Literal["and", "or", "unless"]
Arithmetic = Literal["+", "-", "*", "/"]
Number = int | float | Decimal


class Expression(ABC):
    """An instant vector (or scalar): knows the labels its result carries and the unit of its value.

    `labels` is the upper bound: every label a series of the result can have. A `compound` expression needs
    parentheses beside an operator.
    """

    __slots__ = ()
    compound: ClassVar[bool] = False

    @property
    @abstractmethod
    def labels(self) -> frozenset[Label]:
        """Every label a series of the result can carry."""

    @property
    @abstractmethod
    def unit(self) -> Unit:
        """The unit of the result."""

    @abstractmethod
    def promql(self, names: Names = CLASSIC) -> str:
        """The expression as PromQL under a names profile."""

    def __bool__(self) -> NoReturn:
        # Otherwise `0 < x < 1` would drop its first half without a word.
        raise TypeError("an expression is neither true nor false here; join two comparisons with and_")

    def __add__(self, other: "Expression | Number") -> "Binary":
        return Binary(self, "+", as_expression(other))

    def __sub__(self, other: "Expression | Number") -> "Binary":
        return Binary(self, "-", as_expression(other))

    def __rsub__(self, other: Number) -> "Binary":
        return Binary(as_expression(other), "-", self)

    def __mul__(self, other: "Expression | Number") -> "Binary":
        return Binary(self, "*", as_expression(other))

    def __truediv__(self, other: "Expression | Number") -> "Binary":
        return Binary(self, "/", as_expression(other))

    def __gt__(self, other: "Expression | Number") -> "Binary":
        return Binary(self, ">", as_expression(other))

    def __lt__(self, other: "Expression | Number") -> "Binary":
        return Binary(self, "<", as_expression(other))

    def __ge__(self, other: "Expression | Number") -> "Binary":
        return Binary(self, ">=", as_expression(other))

    def __le__(self, other: "Expression | Number") -> "Binary":
        return Binary(self, "<=", as_expression(other))

    def equal_to(self, other: "Expression | Number") -> "Binary":
        """PromQL `==`: only series with this value."""
        return Binary(self, "==", as_expression(other))

    def and_(self, other: "Expression", *, on: tuple[Label, ...] | None = None) -> "Binary":
        """Only series that have a partner on the right."""
        return Binary(self, "and", other, on=on)

    def or_(self, other: "Expression") -> "Binary":
        """These series, and those of the right that are new."""
        return Binary(self, "or", other)

    def unless(self, other: "Expression", *, on: tuple[Label, ...] | None = None) -> "Binary":
        """Only series that have no partner on the right."""
        return Binary(self, "unless", other, on=on)


@dataclass(frozen=True, slots=True, eq=False)
class Scalar(Expression):
    """A number, written exactly."""

    value: Number

    @property
    def labels(self) -> frozenset[Label]:
        return frozenset()

    @property
    def unit(self) -> Unit:
        return Unit.COUNT

    def promql(self, names: Names = CLASSIC) -> str:  # noqa: ARG002  # a number has no names
        return number_text(self.value)


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Expression):
    """Two expressions and an operator, matched on all labels or `on` some.

    The result carries the labels of the left side; of both sides with `or`; those of `on` with arithmetic and
    comparison.
    """

    compound: ClassVar[bool] = True

    left: Expression
    operator: Comparison | SetOperator | Arithmetic
    right: Expression
    on: tuple[Label, ...] | None = None

    @property
    def labels(self) -> frozenset[Label]:
        if self.operator == "or":
            return self.left.labels | self.right.labels
        if self.on is not None and self.operator not in {"and", "unless"}:
            return frozenset(self.on)
        return self.right.labels if isinstance(self.left, Scalar) else self.left.labels

    @property
    def unit(self) -> Unit:
        if isinstance(self.left, Scalar):
            return self.right.unit
        if self.operator == "/" and not isinstance(self.right, Scalar):
            return self.left.unit.divided_by(self.right.unit)
        return self.left.unit

    def promql(self, names: Names = CLASSIC) -> str:
        matching = "" if self.on is None else f" on ({', '.join(names.label(label) for label in self.on)})"
        return f"{_operand(self.left, names)} {self.operator}{matching} {_operand(self.right, names)}"


def _operand(expression: Expression, names: Names) -> str:
    text = expression.promql(names)
    return f"({text})" if expression.compound else text


def as_expression(value: Expression | Number) -> Expression:
    """The value itself, or the number as an expression."""
    return value if isinstance(value, Expression) else Scalar(value)


def number_text(value: Number) -> str:
    """A number as PromQL reads it, digit by digit: no exponent, no binary noise, no trailing zeros."""
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        return "NaN" if exact.is_nan() else f"{'-' if exact < 0 else '+'}Inf"
    text = f"{exact:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
