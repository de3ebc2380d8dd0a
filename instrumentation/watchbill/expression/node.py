"""Expressions over metrics: typed values that end as PromQL text."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from watchbill.catalogue.label import Label
from watchbill.catalogue.unit import Unit
from watchbill.names import CLASSIC, Names

Comparison = Literal[">", "<", ">=", "<=", "==", "!="]
SetOperator = Literal["and", "or", "unless"]
Arithmetic = Literal["+", "-", "*", "/"]
Number = int | float | Decimal


class Expression(ABC):
    """An instant vector (or scalar): knows the labels its result carries and the unit of its value.

    `labels` is the upper bound: every label a series of the result can have.
    """

    __slots__ = ()

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
    """Two expressions and an operator. The result carries the labels of the left side; of both sides with `or`."""

    left: Expression
    operator: Comparison | SetOperator | Arithmetic
    right: Expression
    on: tuple[Label, ...] | None = None

    @property
    def labels(self) -> frozenset[Label]:
        if self.operator == "or":
            return self.left.labels | self.right.labels
        return self.right.labels if isinstance(self.left, Scalar) else self.left.labels

    @property
    def unit(self) -> Unit:
        if self.operator == "/" and self.left.unit is self.right.unit:
            return Unit.RATIO
        return self.right.unit if isinstance(self.left, Scalar) else self.left.unit

    def promql(self, names: Names = CLASSIC) -> str:
        matching = "" if self.on is None else f" on ({', '.join(names.label(label) for label in self.on)})"
        return f"{_operand(self.left, names)} {self.operator}{matching} {_operand(self.right, names)}"


def _operand(expression: Expression, names: Names) -> str:
    text = expression.promql(names)
    return f"({text})" if isinstance(expression, Binary) else text


def as_expression(value: Expression | Number) -> Expression:
    """The value itself, or the number as an expression."""
    return value if isinstance(value, Expression) else Scalar(value)


def number_text(value: Number) -> str:
    """A number as PromQL reads it, without binary noise: Decimal keeps every digit."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return repr(value)
