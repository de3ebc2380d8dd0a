"""Keys of the panels that a team's own metrics and alerts have in their service's dashboard."""

from collections.abc import Sequence

from watchbill.catalogue.metric import Metric
from watchbill.expression.scoping import metrics_of
from watchbill.links import slug
from watchbill.own_alert import OwnAlert

FIRING = "alerts"
"""The panel that counts what fires: where an alert leads that is about nothing drawn."""


def of_metric(metric: Metric) -> str:
    """The panel of a metric."""
    return f"metric-{slug(metric.name)}"


def of_rate(metric: Metric) -> str:
    """The panel of how often a histogram is told something."""
    return f"rate-of-{slug(metric.name)}"


def of_alert(alert: OwnAlert, metrics: Sequence[Metric]) -> str:
    """The panel that shows what an alert is about: its chart, that of its limit, or that of the first of a service's
    own metrics that it reads.
    """
    if alert.chart is not None:
        return alert.chart.key
    if alert.limit is not None:
        return of_limit(alert)
    read = (one for one in metrics_of(alert.expression, metrics) if one in metrics)
    return next((of_metric(metric) for metric in read), FIRING)


def of_limit(alert: OwnAlert) -> str:
    """The panel that draws the value of an alert and its limits; alerts of one name share it."""
    return f"alert-{slug(alert.alert_name)}"
