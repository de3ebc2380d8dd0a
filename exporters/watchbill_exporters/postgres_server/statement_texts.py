"""The texts of the top statements, read when somebody asks for them."""

from collections.abc import Sequence
from typing import LiteralString

from watchbill.catalogue.postgres_server.statements import MOST_STATEMENTS
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.postgres_server.fault import fault
from watchbill_exporters.postgres_server.flight import Statement
from watchbill_exporters.postgres_server.reader import Reader
from watchbill_exporters.postgres_server.statements import EXTENSION, time_column
from watchbill_exporters.postgres_server.table import table
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.statement_text import LONGEST_TEXT, StatementText, UnreadTexts, safe

_QUERY: LiteralString = """
SELECT coalesce(r.rolname::text, s.userid::text) AS "user", d.datname, s.queryid::text AS queryid,
       max(left(s.query, $2::int)) AS text
FROM {entries} s JOIN pg_database d ON d.oid = s.dbid LEFT JOIN pg_roles r ON r.oid = s.userid
WHERE s.queryid IS NOT NULL
GROUP BY 1, 2, 3 ORDER BY sum(s.{time}) DESC LIMIT $1::int
"""
_LONGEST_SECONDS = 5.0


async def statement_texts(reader: Reader, deadline: Deadline) -> Sequence[StatementText]:
    """Of as many statements as can have series; none without the extension. Raises TargetDown and UnreadTexts."""
    _, server = await reader.greet(deadline, _LONGEST_SECONDS)
    entries = server.relation(EXTENSION, "pg_stat_statements(true)")
    if entries is None:
        return ()
    query = _QUERY.replace("{entries}", entries).replace("{time}", time_column(server))
    (landing,) = await reader.ask([Statement(query, (str(MOST_STATEMENTS), str(LONGEST_TEXT)))], deadline)
    if landing.error is not None:
        raise UnreadTexts(fault(landing.error))
    if landing.result is None:
        raise TargetDown("timeout", "reading texts: no answer in time")
    return [
        StatementText(user=user, datname=database, queryid=number, text=safe(text))
        for user, database, number, text in table(landing.result).keys("user", "datname", "queryid", "text")
    ]
