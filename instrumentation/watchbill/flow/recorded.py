"""What a recording rule writes: the flow of its expression, under a name of its own."""

from collections.abc import Mapping
from types import MappingProxyType

from watchbill.catalogue.metric import Metric
from watchbill.catalogue.unit import Unit
from watchbill.flow.family import Family, Kind
from watchbill.flow.flow import Flow, Inference
from watchbill.flow.values import Values
from watchbill.problem import Place

_NOTHING_KNOWN = Flow(type="vector", is_open=True, kind=Kind.UNKNOWN)


def family_of(
    name: str,
    inference: Inference,
    labels: Mapping[str, str],
    *,
    place: Place | None = None,
    metric: Metric | None = None,
) -> Family:
    """The family that a rule records under a name; `labels` are those the rule adds, and an empty one takes away.

    Several rules that record one name are told by `Family.merged_with`.
    """
    flow = inference.flow or _NOTHING_KNOWN
    added = {label: Values.only({value}) for label, value in labels.items() if value}
    kept = {label: values for label, values in flow.labels.items() if label not in labels}
    return Family(
        name=name,
        kind=flow.kind,
        unit=flow.unit if metric is None or metric.unit is Unit.COUNT else metric.unit,
        labels=MappingProxyType({**kept, **added}),
        certain=flow.certain.difference(labels).union(added),
        is_open=flow.is_open,
        bounds=flow.bounds,
        metric=metric,
        place=place,
        is_recorded=True,
        low=flow.low,
        high=flow.high,
        rated=flow.rated,
        is_aggregated=flow.is_aggregated,
    )
