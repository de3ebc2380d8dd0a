"""Everything a stack renders to, as a mapping from path to text."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from watchbill.documents.document import Document
from watchbill.documents.encoding import encoded
from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_alerts.rendering import render as render_alerts
from watchbill_dashboards.rendering import render_dashboards
from watchbill_exporters.configuration import render_configuration
from watchbill_stack.output import RENDERED
from watchbill_stack.prometheus import render_prometheus

Files = Mapping[PurePosixPath, str]


def render(
    stack: Stack,
    profile: Profile,
    *,
    prometheus: str = "127.0.0.1:9090",
    alertmanager: str = "127.0.0.1:9093",
) -> dict[PurePosixPath, str]:
    """Dashboards, rules and tests, Alertmanager, Prometheus and exporter configuration, the metrics, by path.

    Paths read `<room>/rendered/…`; the addresses are host:port.
    """
    compose = {
        PurePosixPath("prometheus.yml"): render_prometheus(
            stack,
            profile,
            rules=["../../alerts/rendered/rules/*.yaml"],
            alertmanager=alertmanager,
            prometheus=prometheus,
        ),
        PurePosixPath("exporter.yaml"): render_configuration(stack, listen=stack.exporter),
        PurePosixPath("metrics.json"): encoded(Document.of_stack(stack)),
    }
    rooms: dict[str, Files] = {
        "dashboards": render_dashboards(stack),
        "alerts": render_alerts(stack, profile),
        "compose": compose,
    }
    return {
        PurePosixPath(room) / RENDERED / path: text for room, files in rooms.items() for path, text in files.items()
    }
