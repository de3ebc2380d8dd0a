"""The room's page names every alert."""

from pathlib import Path

from tests.alerts.written import Declare
from watchbill.profile import Profile
from watchbill_alerts.rule_files import alerts_of

README = Path(__file__).parents[2] / "alerts" / "README.md"


def test_every_alert_stands_in_the_table_with_its_severity(declared: Declare) -> None:
    rows = {line.split("|")[1].strip(): line for line in README.read_text().splitlines() if line.startswith("| `")}
    alerts = alerts_of(declared(), Profile.production())

    assert {f"`{alert.name}`" for alert in alerts} <= set(rows)
    for alert in alerts:
        declared_in = rows[f"`{alert.name}`"]
        assert alert.severity in declared_in or "as declared" in declared_in, alert.name
