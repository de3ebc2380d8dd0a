"""Labels that a scraped series may carry though no exporter wrote them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from watchbill.catalogue.label import INSTANCE, JOB, RESERVED, TARGET_LABELS
from watchbill.flow.family import Family
from watchbill.flow.values import ANY, Values

CERTAIN = frozenset({JOB.name, INSTANCE.name})
"""Every scrape adds these."""
USUAL = frozenset({
    *RESERVED, *(label.name for label in TARGET_LABELS), "app", "az", "availability_zone", "cluster", "cluster_id",
    "cluster_name", "component", "datacenter", "dc", "environment", "group", "host", "hostname", "k8s_cluster",
    "metrics_path", "monitor", "node", "nodename", "org", "prometheus", "prometheus_replica", "receive", "region",
    "replica", "role", "shard", "site", "stage", "team", "tenant", "tenant_id", "zone",
})  # fmt: skip
"""What scrape configurations, the Prometheus Operator and external labels are known to add."""
_RENAMED = "exported_"


def scraped(labels: Mapping[str, Values], more: Iterable[str] = ()) -> dict[str, Values]:
    """An exporter's labels with those of its target; a label that clashes is renamed `exported_…` at the scrape."""
    of_target = USUAL | frozenset(more)
    renamed = {_RENAMED + name: values for name, values in labels.items() if name in of_target}
    return {**dict.fromkeys(of_target, ANY), **renamed, **labels}


def with_target_labels(family: Family, more: Iterable[str] = ()) -> Family:
    """A declared family that may carry the usual target labels too; a recorded one has its own labels alone."""
    if family.is_recorded or family.is_open:
        return family
    return replace(family, labels=scraped(family.labels, more))
