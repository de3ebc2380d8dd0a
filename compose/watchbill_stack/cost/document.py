"""The cost of a stack as JSON, for machines: plain numbers, series and samples and bytes, null where unknown."""

from collections.abc import Iterable
from typing import Any

from watchbill_stack.cost.actual import Actual
from watchbill_stack.cost.budget import Budget
from watchbill_stack.cost.comparison import Line
from watchbill_stack.cost.prediction import Prediction
from watchbill_stack.cost.reading import Reading


def totals_document(prediction: Prediction, actual: Actual | None) -> dict[str, Any]:
    """The totals, without those of single metrics."""
    likely = prediction.likely_samples_per_second
    return {
        "series": prediction.series,
        "series_expected": prediction.likely,
        "metrics_untold": prediction.untold,
        "samples_per_second": prediction.samples_per_second,
        "samples_per_second_expected": likely,
        "bytes_per_sample": prediction.bytes_per_sample,
        "bytes_per_day": prediction.bytes_per_day,
        "bytes_per_day_expected": prediction.bytes_of(likely),
        "rules": len(prediction.rules),
        "samples_per_second_read_by_rules": sum(one.samples_per_second for one in prediction.rules),
        "series_of_other_jobs": None if actual is None else actual.others,
        "series_in_memory": None if actual is None else actual.head,
    }


def budget_documents(budgets: Iterable[Budget]) -> list[dict[str, Any]]:
    """Declared budgets; an empty `service` is the stack."""
    return [
        {
            "service": one.owner,
            "declared": one.declared,
            "series": one.predicted,
            "headroom": one.headroom,
            "place": str(one.place),
            "dearest": [{"metric": metric.name, "series": series} for metric, series in one.dearest],
        }
        for one in budgets
    ]


def line_documents(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Metrics, services or targets."""
    return [
        {
            "name": line.name,
            "series": line.most,
            "series_expected": line.likely,
            "metrics_untold": line.untold,
            "series_actual": line.actual,
            "samples_per_second": line.samples_per_second,
            "targets": line.targets,
            "series_per_combination": line.width,
            "because": line.because,
            "labels": [
                {"name": label.name, "most": label.most, "expected": label.likely, "source": label.source}
                for label in line.labels
            ],
        }
        for line in lines
    ]


def reading_documents(readings: Iterable[Reading], actual: Actual | None) -> list[dict[str, Any]]:
    """Rules, or queries of panels."""
    return [
        {
            "role": one.role,
            "name": one.name,
            "group": one.group,
            "service": one.service,
            "labels": dict(one.labels),
            "interval_seconds": one.interval,
            "series": one.series,
            "samples": one.samples,
            "samples_expected": one.likely,
            "samples_per_second": one.samples_per_second,
            "unpredicted": list(one.unpredicted),
            "evaluation_seconds": None if actual is None else actual.seconds_of(one),
        }
        for one in readings
    ]
