"""How many series a service may have: a budget for all, and a limit on the values of a label."""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from watchbill.catalogue.exposition import COLLECTOR_NAME
from watchbill.catalogue.label import LE, Label, Origin
from watchbill.catalogue.metric import Metric
from watchbill.catalogue.process import PYTHON, REVISION, VERSION
from watchbill.catalogue.watching import COMPONENT, METRIC
from watchbill.problem import is_a

_OUR_OWN = frozenset({COLLECTOR_NAME, COMPONENT, METRIC, PYTHON, REVISION, VERSION})
"""Labels of what instrumentation says of itself and its process; nothing folds them."""


def budget_faults(budget: object, owner: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a declared number of series, each with its remedy."""
    if budget is not None and (type(budget) is not int or budget < 1):
        yield f"series_budget of {owner} is {budget!r}", "give a whole number of series, 1 or more, or leave it out"


def limit_faults(limits: object, metrics: Iterable[Metric], owner: str) -> Iterator[tuple[str, str]]:
    """What is wrong with declared limits of labels, each with its remedy; `metrics` are those the service may have."""
    if not is_a(limits, Mapping):
        yield f"label_limits of {owner} is {limits!r}, no mapping", "write label_limits={ROUTE: 30}"
        return
    if not limits:
        return
    known = {label for metric in metrics for label in metric.labels}
    for label, limit in cast("Mapping[object, object]", limits).items():
        if not isinstance(label, Label) or label not in known:
            name = repr(label.name) if isinstance(label, Label) else repr(label)
            yield f"label_limits of {owner} names {name}", "give a label of the catalogue or of its own metrics"
        elif label.is_closed or label.origin is not Origin.CODE or label == LE or label in _OUR_OWN:
            yield f"label_limits of {owner}: the values of {label.name!r} are given", "limit an open label"
        elif type(limit) is not int or not 1 <= limit < label.limit:
            cause = f"label_limits of {owner}: {label.name!r} may take {limit!r} values"
            yield cause, f"give a whole number from 1 to {label.limit - 1}; `_other` comes on top"
