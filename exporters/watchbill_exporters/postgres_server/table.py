"""A query's answer, by column."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from math import inf, nan
from struct import Struct
from typing import cast

from psycopg import adapters
from psycopg.abc import Buffer
from psycopg.abc import Transformer as AnyTransformer
from psycopg.adapt import AdaptersMap, Loader, Transformer
from psycopg.pq import Format
from psycopg.pq.abc import PGresult

from watchbill.catalogue import Metric
from watchbill_exporters.collector import Key, Measured, column

Value = str | float | None

MOST_ROWS = 20_000
_MOST_COLUMNS = 100
_BOOLEAN, _NUMERIC = 16, 1700
_NUMBERS = ("bool", "int2", "int4", "int8", "oid", "float4", "float8")
_TEXTS = ("text", "name", "varchar", "bpchar", '"char"')

_NUMERIC_HEAD = Struct("!HhHH")
_NOT_FINITE = {0xC000: nan, 0xD000: inf, 0xF000: -inf}
_DIGIT = Struct("!H")
_DIGIT_BASE = 10_000
_MOST_DIGITS = 75


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by the names that the query gives them; numbers of all types and booleans as int or float.

    The rows of a query that ran in several databases stand below each other.
    """

    columns: Mapping[str, Sequence[Value]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def where(self, wanted: Sequence[bool]) -> "Table":
        """The rows that are wanted, in their order."""
        return Table({name: list(compress(values, wanted)) for name, values in self.columns.items()})

    def keys(self, *names: str) -> list[Key]:
        """Label values: one tuple for each row, with an empty text for NULL."""
        return list(zip(*(self.texts(name) for name in names), strict=True))

    def texts(self, name: str) -> list[str]:
        """A column as text, with an empty text for NULL."""
        return ["" if value is None else str(value) for value in self.columns[name]]

    def numbers(self, name: str) -> Sequence[float | None]:
        """A column of numbers; raises TypeError for text."""
        values = self.columns[name]
        if str in set(map(type, values)):
            raise TypeError(f"column {name} holds text")
        return cast("Sequence[float | None]", values)

    def number(self, name: str) -> float | None:
        """The number in the first row; None for NULL, and where there is no row."""
        return next(iter(self.numbers(name)), None)

    def measured(self, metrics: Mapping[str, Metric], keys: Sequence[Key]) -> Iterable[Measured]:
        """A metric for each column that this server's version has; NULL is left out."""
        for name, metric in metrics.items():
            if name in self.columns:
                yield column(metric, keys, self.numbers(name))

    def singles(self, metrics: Mapping[str, Metric]) -> Iterable[Measured]:
        """Metrics without labels, of a query that gives at most one row."""
        return self.measured(metrics, [()] * len(self))


def table(result: PGresult) -> Table:
    """The first MOST_ROWS rows of a result in binary format; raises ValueError or psycopg.Error for any other."""
    if result.nfields > _MOST_COLUMNS:
        raise ValueError(f"{result.nfields} columns")
    try:
        rows = _rows(result, Transformer(_STRICT))
    except UnicodeDecodeError:
        # A database in SQL_ASCII holds bytes of any encoding.
        rows = _rows(result, Transformer(_LENIENT))
    names = [(result.fname(index) or b"").decode() for index in range(result.nfields)]
    values = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return Table(
        {
            name: [None if value is None else float(value) for value in values[index]]
            if result.ftype(index) == _BOOLEAN
            else values[index]
            for index, name in enumerate(names)
        }
    )


def stacked(tables: Sequence[Table]) -> Table:
    """The rows of several databases below each other; a column that one of them has not is left out."""
    if len(tables) == 1:
        return tables[0]
    shared = [name for name in tables[0].columns if all(name in one for one in tables)] if tables else []
    return Table({name: [value for one in tables for value in one.columns[name]] for name in shared})


def _rows(result: PGresult, transformer: AnyTransformer) -> list[tuple[Value, ...]]:
    transformer.set_pgresult(result)
    loaded: list[tuple[Value, ...]] = transformer.load_rows(0, min(result.ntuples, MOST_ROWS), tuple)
    return loaded


class _NumericLoader(Loader):
    """A numeric as the nearest float; raises ValueError for one that no number of a server has the size of."""

    format = Format.BINARY

    def load(self, data: Buffer) -> float:
        count, weight, sign, _ = _NUMERIC_HEAD.unpack_from(data)
        if sign in _NOT_FINITE:
            return _NOT_FINITE[sign]
        if count > _MOST_DIGITS or abs(weight) > _MOST_DIGITS:
            raise ValueError("a number of too many digits")
        digits = 0
        for (digit,) in _DIGIT.iter_unpack(bytes(data)[_NUMERIC_HEAD.size :]):
            digits = digits * _DIGIT_BASE + digit
        shift = weight - count + 1
        value = float(digits * _DIGIT_BASE**shift) if shift >= 0 else digits / _DIGIT_BASE**-shift
        return -value if sign else value


class _LenientLoader(Loader):
    """Text whose bytes need not be UTF-8."""

    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        return bytes(data).decode("utf-8", "replace")


@dataclass(frozen=True)
class _Types:
    """What psycopg takes its loaders from."""

    adapters: AdaptersMap
    connection: None = None


def _types(*, lenient: bool) -> _Types:
    """The types that our queries ask for, and no other: what those of a hostile server decode to has no bound."""
    known = AdaptersMap()
    for name in (*_NUMBERS, *_TEXTS):
        kind = adapters.types[name].oid
        loader = adapters.get_loader(kind, Format.BINARY)
        if loader is not None:
            known.register_loader(kind, _LenientLoader if lenient and name in _TEXTS else loader)
    known.register_loader(_NUMERIC, _NumericLoader)
    return _Types(known)


_STRICT, _LENIENT = _types(lenient=False), _types(lenient=True)
