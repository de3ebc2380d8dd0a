"""What would show more of a PostgreSQL server."""

from collections.abc import Iterator, Mapping

from watchbill.catalogue import Metric
from watchbill.catalogue.postgres_server.settings import (
    PG_SETTING_AUTOVACUUM,
    PG_SETTING_STATEMENTS,
    PG_SETTING_TRACK_ACTIVITIES,
    PG_SETTING_TRACK_COUNTS,
    PG_SETTING_TRACK_IO,
)
from watchbill.catalogue.postgres_server.statements import PG_STATEMENTS_KNOWN
from watchbill_exporters.advice import Advice, Findings
from watchbill_exporters.postgres_server.statements import EXTENSION

_SWITCH_ON = "ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf();"
_OFF: Mapping[str, tuple[Metric, str]] = {
    "track_io_timing": (PG_SETTING_TRACK_IO, "nobody measures how long reads and writes take"),
    "track_counts": (PG_SETTING_TRACK_COUNTS, "nothing of tables is counted, and autovacuum does not run"),
    "track_activities": (PG_SETTING_TRACK_ACTIVITIES, "what sessions are doing is not known"),
    "autovacuum": (PG_SETTING_AUTOVACUUM, "dead rows stay, and transaction numbers run out"),
}


def advice(findings: Findings) -> Iterator[Advice]:
    """Settings that are off, and the extension that counts statements."""
    for name, (metric, consequence) in _OFF.items():
        if findings.value(metric) == 0:
            yield Advice(subject=name, cause=f"{name} is off: {consequence}", remedy=_SWITCH_ON.format(name=name))
    if findings.value(PG_SETTING_TRACK_COUNTS) is None or findings.lacking:
        return
    if findings.value(PG_SETTING_STATEMENTS) is None:
        remedy = f"add {EXTENSION} to shared_preload_libraries, restart, and run CREATE EXTENSION {EXTENSION};"
        yield Advice(subject=EXTENSION, cause=f"{EXTENSION} is not loaded: statements are not counted", remedy=remedy)
    elif findings.value(PG_STATEMENTS_KNOWN) is None:
        cause = f"the main database does not have the extension {EXTENSION}"
        yield Advice(subject=EXTENSION, cause=cause, remedy=f"CREATE EXTENSION {EXTENSION};")
