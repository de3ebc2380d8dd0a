"""The cost of a stack as tables, for people."""

from collections.abc import Iterable, Iterator, Sequence

from rich.table import Table

from watchbill_stack.cost.actual import Actual
from watchbill_stack.cost.budget import Budget
from watchbill_stack.cost.comparison import Line
from watchbill_stack.cost.label_count import LabelCount
from watchbill_stack.cost.prediction import Prediction
from watchbill_stack.cost.quantity import share, short, size
from watchbill_stack.cost.reading import Reading

UNKNOWN = "–"
MORE = " + ?"


def totals(prediction: Prediction, lines: Iterable[Line], actual: Actual | None) -> Table:
    """Series, samples, bytes and what rules read; `lines` are those by metric."""
    table = _table("", "at worst", "expected", *(("actual",) if actual else ()), right=range(1, 4))
    held = sum(line.actual or 0 for line in lines)
    likely, more = prediction.likely_samples_per_second, MORE if prediction.untold else ""
    rows = (
        ("series", short(prediction.series), short(prediction.likely) + more, short(held)),
        ("samples a second", short(prediction.samples_per_second), short(likely) + more, ""),
        ("bytes a day", size(prediction.bytes_per_day), size(prediction.bytes_of(likely)) + more, ""),
        ("samples a second that rules read", short(sum(one.samples_per_second for one in prediction.rules)), "", ""),
        ("rules", f"{len(prediction.rules):,}", "", ""),
    )
    for row in rows:
        table.add_row(*row[: len(table.columns)])
    if actual is not None:
        table.add_row("series of other jobs", "", "", short(actual.others))
        table.add_row("series in Prometheus' memory", "", "", short(actual.head))
    return table


def budget_table(budgets: Sequence[Budget]) -> Table:
    """Declared budgets with what is left of them."""
    table = _table("budget of", "series", "at worst", "left", "", right=range(1, 4))
    for one in budgets:
        word = "kept" if one.headroom >= 0 else "EXCEEDED"
        table.add_row(one.owner or "the stack", f"{one.declared:,}", f"{one.predicted:,}", f"{one.headroom:,}", word)
    return table


def series_table(title: str, lines: Sequence[Line], *, live: bool) -> Table:
    """Metrics, services or targets with their series."""
    is_metric = title == "metric"
    columns = ("at worst", "expected", *(("actual", "of worst") if live else ()), "samples/s")
    table = _table(title, *columns, *(("labels",) if is_metric else ()), right=range(1, 1 + len(columns)))
    for line in lines:
        expected = _or_unknown(line.likely) + (MORE if line.untold else "")
        cells = [line.name, short(line.most) if line.most else "not predicted", expected]
        if live:
            cells += [_or_unknown(line.actual), UNKNOWN if line.ratio is None else share(line.ratio)]
        cells.append(short(line.samples_per_second))
        if is_metric:
            cells.append(shown_labels(line.labels, line.width))
        table.add_row(*cells)
    return table


def reading_table(title: str, readings: Sequence[Reading], actual: Actual | None) -> Table:
    """Rules, or queries of panels, with what they read."""
    is_rule = title == "rule"
    columns = ("series", "samples each", "expected", "every", "samples/s", *(("took",) if actual and is_rule else ()))
    table = _table(title, *columns, "group" if is_rule else "dashboard", right=range(1, 1 + len(columns)))
    for one in readings:
        cells = [one.title, short(one.series), short(one.samples), _or_unknown(one.likely), f"{one.interval:g} s"]
        cells.append(short(one.samples_per_second))
        if actual is not None and is_rule:
            seconds = actual.seconds_of(one)
            cells.append(UNKNOWN if seconds is None else f"{seconds * 1000:.2g} ms")
        table.add_row(*cells, one.group)
    return table


def shown_labels(labels: Iterable[LabelCount], width: int) -> str:
    """`method 10 × route 200`, with the series that a histogram has for each."""
    telling = " × ".join(f"{label.name} {label.most}" for label in labels if label.most > 1)
    if width > 1:
        return f"{telling} × {width}" if telling else f"{width}"
    return telling


def notes(prediction: Prediction, lines: Iterable[Line], readings: Iterable[Reading]) -> Iterator[str]:
    """What is assumed, and what was found that the prediction does not know."""
    unknown = [line.name for line in lines if not line.most and line.actual]
    if unknown:
        yield f"exposed and not predicted: {', '.join(sorted(unknown))}"
    unread = sorted({name for one in readings for name in one.unpredicted})
    if unread:
        yield f"read and not predicted, which counts as nothing: {', '.join(unread)}"
    yield from prediction.assumptions()


def _or_unknown(number: float | None) -> str:
    return UNKNOWN if number is None else short(number)


def _table(*columns: str, right: Iterable[int]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    numbers = set(right)
    for place, column in enumerate(columns):
        table.add_column(
            column, justify="right" if place in numbers else "left", no_wrap=place in numbers, overflow="fold"
        )
    return table
