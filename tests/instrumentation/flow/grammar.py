"""Expressions made at random, which Prometheus can read, over the invented metrics."""

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.instrumentation.flow.invented import SCRAPED

Text = SearchStrategy[str]

_FAMILIES = sorted(family.name for family in SCRAPED)
_LABELS = sorted({label for family in SCRAPED for label in family.labels})
_VALUES = ("a", "b", "5xx", "2xx", "lost", "idle", "0.5", "1.0", "+Inf", "desk", "")
_PATTERNS = ("a|b", "5.*", ".+", ".*", "a|", "(?:idle|user)", "[ab]", "2xx|3xx")
_WINDOWS = ("1m", "5m", "10m")

labels = st.sampled_from(_LABELS)
_numbers = st.sampled_from(["0", "1", "2", "0.5", "-1", "100", "1e3", "5m", "Inf", "NaN"])


def _label_lists(most: int = 3) -> Text:
    return st.lists(labels, max_size=most, unique=True).map(", ".join)


def _is_new_to(matched: str) -> Callable[[str], bool]:
    """Prometheus refuses a label that is matched and taken over at once."""
    return lambda label: not label or label not in matched.split(", ")


@st.composite
def selectors(draw: st.DrawFn) -> str:
    """A metric, mostly with conditions on labels it has."""
    name = draw(st.sampled_from(_FAMILIES))
    own = sorted(SCRAPED.families[name].labels)
    conditions: list[str] = []
    for _ in range(draw(st.integers(0, 2))):
        label = draw(st.sampled_from(own))
        known = sorted(SCRAPED.families[name].labels[label].known)
        if draw(st.booleans()):
            value = draw(st.sampled_from([*known, *_VALUES]))
            conditions.append(f'{label}{draw(st.sampled_from(["=", "!="]))}"{value}"')
        else:
            pattern = draw(st.sampled_from([*known, *_PATTERNS])).replace("+Inf", "5.0")
            conditions.append(f'{label}{draw(st.sampled_from(["=~", "!~"]))}"{pattern}"')
    offset = draw(st.sampled_from(["", "", "", " offset 1m"]))
    return f"{name}{{{', '.join(conditions)}}}{offset}"


_scalars = st.one_of(_numbers, st.sampled_from(["time()", "pi()"]))
_AGGREGATIONS = ("sum", "avg", "min", "max", "count", "group", "stddev", "stdvar")
_OF_ONE = ("abs", "ceil", "floor", "sgn", "sqrt", "exp", "ln", "sort", "timestamp", "hour", "month", "day_of_year")
_OVER_TIME = (
    *("rate", "increase", "irate", "delta", "idelta", "deriv", "changes", "resets", "avg_over_time", "sum_over_time"),
    *("min_over_time", "max_over_time", "count_over_time", "last_over_time", "present_over_time", "stddev_over_time"),
)
_ARITHMETIC = ("+", "-", "*", "/", "%", "^")
_COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")


@st.composite
def _matrices(draw: st.DrawFn, vectors: Text) -> str:
    window = draw(st.sampled_from(_WINDOWS))
    if draw(st.integers(0, 3)):
        selector, _, offset = draw(selectors()).partition(" offset")
        return f"{selector}[{window}]" + (f" offset{offset}" if offset else "")
    return f"({draw(vectors)})[{window}:{draw(st.sampled_from(['', '30s', '1m']))}]"


@st.composite
def _aggregations(draw: st.DrawFn, vectors: Text) -> str:
    grouping = draw(st.sampled_from(["", "by", "without"]))
    clause = f" {grouping} ({draw(_label_lists())}) " if grouping else ""
    operation = draw(st.sampled_from([*_AGGREGATIONS, "topk", "bottomk", "quantile", "count_values"]))
    parameter = {"topk": "2, ", "bottomk": "3, ", "quantile": "0.9, ", "count_values": '"hall", '}.get(operation, "")
    inner = f"({parameter}{draw(vectors)})"
    return f"{operation}{inner}{clause}" if draw(st.booleans()) else f"{operation}{clause}{inner}"


@st.composite
def _calls(draw: st.DrawFn, vectors: Text) -> str:
    inner = draw(vectors)
    match draw(st.integers(0, 8)):
        case 0:
            return f"{draw(st.sampled_from(_OF_ONE))}({inner})"
        case 1:
            return f"absent({inner})"
        case 2:
            target, source = draw(labels), draw(labels)
            replacement = draw(st.sampled_from(["$1", "x", "x-$1", "", "$0"]))
            pattern = draw(st.sampled_from(["(.*)", "(.+)", "a(.*)", "", ".*", "[ab]"]))
            return f'label_replace({inner}, "{target}", "{replacement}", "{source}", "{pattern}")'
        case 3:
            separator = draw(st.sampled_from(["", "-"]))
            return f'label_join({inner}, "{draw(labels)}", "{separator}", "{draw(labels)}", "{draw(labels)}")'
        case 4:
            return f"histogram_quantile({draw(st.sampled_from(['0.5', '0.99']))}, {inner})"
        case 5:
            return f"clamp({inner}, {draw(_numbers)}, {draw(_numbers)})"
        case 6:
            return f"vector({draw(_scalars)})"
        case 7:
            return f"vector(scalar({inner}))"
        case _:
            return f"{draw(st.sampled_from(_OVER_TIME))}({draw(_matrices(vectors))})"


@st.composite
def operations(draw: st.DrawFn, vectors: Text) -> str:
    """An operator between two vectors, or a vector and a number."""
    left, right = f"({draw(vectors)})", f"({draw(vectors)})"
    matching = draw(st.sampled_from(["", "", "on", "ignoring"]))
    matched = draw(_label_lists(2)) if matching else ""
    clause = f" {matching} ({matched})" if matching else ""
    operator = draw(st.sampled_from([*_ARITHMETIC, *_COMPARISONS, "and", "or", "unless"]))
    if operator in {"and", "or", "unless"}:
        return f"{left} {operator}{clause} {right}"
    if draw(st.integers(0, 2)) == 0:
        pair = [left, f"({draw(_scalars)})"]
        one, other = pair if draw(st.booleans()) else pair[::-1]
        return f"{one} {operator} {other}"
    if matching and draw(st.booleans()):
        clause += (
            f" group_{draw(st.sampled_from(['left', 'right']))} ({draw(_label_lists(1).filter(_is_new_to(matched)))})"
        )
    to_bool = " bool" if operator in _COMPARISONS and draw(st.integers(0, 3)) == 0 else ""
    return f"{left} {operator}{to_bool}{clause} {right}"


def _deeper(vectors: Text) -> Text:
    return st.one_of(
        _aggregations(vectors),
        _calls(vectors),
        operations(vectors),
        vectors.map("-({})".format),
        _aggregations(vectors),
    )


vectors: Text = st.recursive(selectors(), _deeper, max_leaves=5)
"""Expressions that give a vector."""
