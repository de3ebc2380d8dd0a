"""The databases of a server beside the main one, each read over a connection of its own that is closed at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import LiteralString

from watchbill_exporters.deadline import Deadline
from watchbill_exporters.postgres_server.collector import PostgresCollector, asked
from watchbill_exporters.postgres_server.connection import LARGEST_ANSWER
from watchbill_exporters.postgres_server.fault import fault
from watchbill_exporters.postgres_server.flight import Statement
from watchbill_exporters.postgres_server.reader import Reader
from watchbill_exporters.postgres_server.settings import PostgresSettings
from watchbill_exporters.postgres_server.table import Table, table
from watchbill_exporters.reason import TargetDown

MOST_DATABASES = 50
_AT_ONCE = 2
_LONGEST_SECONDS = 20.0
_LARGEST_ANSWER = LARGEST_ANSWER // 4
_STATEMENT_SHARE = 0.25
_MOST_NAMED = 3
WHOLE = ""
"""In place of a collector's name: nothing of the database could be read."""

# A connection limit of -2 marks a database whose removal was broken off: nobody can connect to it.
_OTHERS: LiteralString = """
SELECT datname::text AS datname FROM pg_database
WHERE datallowconn AND NOT datistemplate AND datconnlimit <> -2 AND datname <> current_database()
  AND has_database_privilege(oid, 'CONNECT')
ORDER BY oid
"""

_TOO_MANY = f"beyond the {MOST_DATABASES} that are read; remedy: choose with `databases` or `exclude_databases`"

Open = Callable[[str, Deadline], Awaitable[Reader]]


@dataclass(slots=True)
class Findings:
    """What several databases answered: tables by collector, and for each database what is missing by collector.

    A database that could not be asked at all misses the collector WHOLE.
    """

    tables: dict[str, list[Table]] = field(default_factory=dict[str, list[Table]])
    missing: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    received: int = 0

    def fault(self, *collectors: str) -> str | None:
        """Which databases miss rows of one of these collectors, and why; the first few by name."""
        found = [
            f"database {name!r}: {why}"
            for name, missing in self.missing.items()
            for why in [missing.get(WHOLE) or next((missing[one] for one in collectors if one in missing), None)]
            if why is not None
        ]
        if len(found) > _MOST_NAMED:
            found[_MOST_NAMED:] = [f"and {len(found) - _MOST_NAMED} more databases"]
        return "; ".join(found) or None


class OtherDatabases:
    """Those that the settings choose and the account may connect to, at most MOST_DATABASES with the main one.

    `collectors` are the quick ones of scope `database`: instances that see these databases alone.
    """

    def __init__(
        self, settings: PostgresSettings, collectors: Sequence[PostgresCollector], open_database: Open
    ) -> None:
        self.collectors = [one for one in collectors if one.scope == "database" and not one.every]
        self._settings = settings
        self._open = open_database

    async def ask(self, main: Reader, collectors: Sequence[PostgresCollector], deadline: Deadline) -> Findings:
        """Asks all of them, two at a time; a database that fails costs its own rows."""
        names = await self._names(main, deadline)
        findings = Findings()
        turns = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for name in names[: MOST_DATABASES - 1]:
                tasks.create_task(self._visit(name, collectors, findings, turns, deadline))
        for name in names[MOST_DATABASES - 1 :]:
            findings.missing[name] = {WHOLE: _TOO_MANY}
        return findings

    async def _names(self, main: Reader, deadline: Deadline) -> Sequence[str]:
        (landing,) = await main.ask([Statement(_OTHERS)], deadline)
        if landing.error is not None:
            raise landing.error
        if landing.result is None:
            raise TargetDown("timeout", "listing the databases: no answer in time")
        chosen, refused = self._settings.databases, self._settings.exclude_databases
        return [
            name
            for name in table(landing.result).texts("datname")
            if name not in refused and (not chosen or name in chosen)
        ]

    async def _visit(
        self,
        name: str,
        collectors: Sequence[PostgresCollector],
        findings: Findings,
        turns: asyncio.Semaphore,
        deadline: Deadline,
    ) -> None:
        async with turns:
            if findings.received > LARGEST_ANSWER:
                findings.missing[name] = {WHOLE: f"the others sent more than {LARGEST_ANSWER} bytes"}
                return
            try:
                found, missing = await self._answers(name, collectors, findings, deadline.within(_LONGEST_SECONDS))
            except TargetDown as down:
                findings.missing[name] = {WHOLE: f"{down.cause}; remedy: {down.remedy}"}
                return
            except Exception as error:  # noqa: BLE001  # a server may send anything; the other databases go on
                findings.missing[name] = {WHOLE: f"{type(error).__name__}: {error}"}
                return
        for collector, rows in found.items():
            findings.tables.setdefault(collector, []).append(rows)
        findings.missing[name] = missing

    async def _answers(
        self, name: str, collectors: Sequence[PostgresCollector], findings: Findings, deadline: Deadline
    ) -> tuple[dict[str, Table], dict[str, str]]:
        """Tables by collector, and why others have none."""
        reader = await self._open(name, deadline)
        reader.allow(_LARGEST_ANSWER)
        try:
            _, server = await reader.greet(deadline, deadline.remaining * _STATEMENT_SHARE)
            questions = asked(collectors, server)
            landings = await reader.ask([statement for _, statement in questions], deadline)
        finally:
            findings.received += reader.received
            await reader.close()
        found: dict[str, Table] = {}
        missing: dict[str, str] = {}
        for (collector, _), landing in zip(questions, landings, strict=True):
            if landing.result is not None:
                found[collector.name] = table(landing.result)
            else:
                missing[collector.name] = fault(landing.error) if landing.error is not None else "no answer in time"
        return found, missing
