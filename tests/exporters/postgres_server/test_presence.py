"""Every metric of tables, indexes, statements and settings is there, but for those that need an event or a version."""

from tests.exporters.postgres_server.garage import Garage
from watchbill.catalogue import Subject
from watchbill.catalogue.postgres_server import (
    bloat,
    hints,
    indexes,
    settings,
    sizes,
    statements,
    table_io,
    tables,
    vacuum,
    wraparound,
)

_MODULES = (tables, table_io, indexes, sizes, statements, vacuum, wraparound, hints, bloat, settings)
_ONLY_WHILE_IT_RUNS = {
    metric
    for metric in Subject.of(vacuum).metrics
    if metric.labels and metric.labels[: len(tables.TABLE_LABELS)] == tables.TABLE_LABELS
}
_AFTER_A_MINUTE = {wraparound.PG_HEADROOM_SECONDS}
_SINCE = {
    16: {
        indexes.PG_INDEX_LAST_SCAN,
        tables.PG_TABLE_NEW_PAGE_UPDATED,
        settings.PG_SETTING_RESERVED,
    },
    18: {
        tables.PG_TABLE_VACUUM_TIME,
        tables.PG_TABLE_AUTOVACUUM_TIME,
        settings.PG_SETTING_VACUUM_MAX_THRESHOLD,
        settings.PG_SETTING_IO_WORKERS,
    },
}


def test_every_metric_is_there(garage: Garage) -> None:
    version = garage.says("SELECT current_setting('server_version_num')::int / 10000")
    absent = _ONLY_WHILE_IT_RUNS | _AFTER_A_MINUTE
    absent |= {metric for since, further in _SINCE.items() if version < since for metric in further}
    missing = {
        metric.name for module in _MODULES for metric in Subject.of(module).metrics if not garage.shown.of(metric)
    }
    assert missing == {metric.name for metric in absent}
