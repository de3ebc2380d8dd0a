"""The server's settings, in base units."""

from collections.abc import Iterable

from watchbill.catalogue import Gauge, Unit
from watchbill.catalogue.postgres_server.settings import SETTINGS
from watchbill_exporters.collector import Measured, single
from watchbill_exporters.postgres_server.collector import PostgresCollector, always
from watchbill_exporters.postgres_server.server import Server
from watchbill_exporters.postgres_server.table import Table

# What the exporter changes in its session does not count, and what it asks for at its sign-in hides the server's own.
_QUERY = """
SELECT name, CASE source WHEN 'session' THEN reset_val ELSE setting END AS value, coalesce(unit, '') AS unit
FROM pg_show_all_settings() WHERE name = ANY ($1::text[]) AND source <> 'client'
"""
_FACTORS: dict[str, float] = {
    "B": 1.0,
    "kB": 2.0**10,
    "MB": 2.0**20,
    "GB": 2.0**30,
    "TB": 2.0**40,
    "us": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86400.0,
}
_WORDS = {"on": 1.0, "off": 0.0}
_NAMES = "{" + ",".join(f'"{name}"' for name in SETTINGS) + "}"


def _measure(table: Table, server: Server) -> Iterable[Measured]:
    del server
    for name, text, unit in table.keys("name", "value", "unit"):
        value = _number(text, unit, SETTINGS[name])
        if value is not None:
            yield single(SETTINGS[name], value)


def _number(text: str, unit: str, metric: Gauge) -> float | None:
    """A setting in its metric's unit; a value under 0 has a meaning of its own and no unit. None for a word."""
    if text in _WORDS:
        return _WORDS[text]
    try:
        number = float(text)
    except ValueError:
        return None
    if number < 0 or metric.unit not in {Unit.BYTES, Unit.SECONDS}:
        return number
    count, unit = _split(unit)
    return number * count * _FACTORS.get(unit, 1.0)


def _split(unit: str) -> tuple[float, str]:
    """A unit such as 8kB or 16MB as a number and a unit."""
    letters = unit.lstrip("0123456789")
    digits = unit.removesuffix(letters)
    return (float(digits) if digits else 1.0), letters


def server_settings() -> PostgresCollector:
    """The settings of the catalogue, from one query."""
    return PostgresCollector(name="settings", query=always(_QUERY), arguments=lambda _: (_NAMES,), measure=_measure)
