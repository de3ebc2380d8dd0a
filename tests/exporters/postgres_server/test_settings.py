"""Settings in base units."""

from tests.exporters.postgres_server.garage import Garage
from watchbill.catalogue import Unit
from watchbill.catalogue.postgres_server.settings import SETTINGS

_VALUES = {
    Unit.BYTES: "CASE WHEN setting LIKE '-%' THEN setting::float8 ELSE pg_size_bytes(current_setting(name)) END",
    Unit.SECONDS: "CASE WHEN setting ~ '^(-.*|0)$' THEN setting::float8"
    " ELSE extract(epoch FROM current_setting(name)::interval) END",
    Unit.BOOLEAN: "(setting::bool)::int",
    Unit.COUNT: "setting::float8",
}


def test_every_setting_that_the_server_has_is_shown_with_its_value(garage: Garage) -> None:
    known = {name for (name,) in garage.server.execute("SELECT name FROM pg_settings")}
    queries = [
        f"SELECT name, ({_VALUES[metric.unit]})::float8 FROM pg_settings WHERE name = '{name}'"  # noqa: S608  # of the test's own
        for name, metric in SETTINGS.items()
        if name in known
    ]
    expected = {str(name): value for name, value in garage.server.execute(" UNION ALL ".join(queries))}
    shown = {name: garage.shown.of(metric) for name, metric in SETTINGS.items()}
    assert {name: values for name, values in shown.items() if values} == {name: [one] for name, one in expected.items()}
    assert len(expected) >= 80


def test_what_the_exporter_sets_for_its_own_session_is_not_shown(garage: Garage) -> None:
    assert garage.shown.of(SETTINGS["statement_timeout"]) == [0]
