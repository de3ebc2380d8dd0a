"""Queries for the largest and busiest objects of a database, with the sums of all where some are left out."""

from collections.abc import Mapping
from typing import LiteralString

USER_TABLES: LiteralString = "c.oid >= 16384 AND c.relkind IN ('r', 'm', 'p') AND c.relpersistence <> 't'"
"""Tables, materialized views and partitioned tables, as `c`, that are no part of the system and not temporary."""
USER_INDEXES: LiteralString = "c.oid >= 16384 AND c.relkind = 'i' AND c.relnamespace <> 99 AND c.relpersistence <> 't'"
"""Their indexes; 99 is pg_toast in every database."""


def counted(table: LiteralString, major: int) -> LiteralString:
    """Whether a vacuum or analyze has left the page counts of a table of pg_class, and of its indexes."""
    # Until PostgreSQL 13 an empty table and one that was never looked at are the same.
    return table + (".reltuples >= 0" if major >= 14 else ".relpages > 0")


def top(
    objects: LiteralString,
    labels: Mapping[LiteralString, LiteralString],
    sums: Mapping[LiteralString, LiteralString],
) -> LiteralString:
    """A query for the $1 objects that come first by size or by use, alternately; all of them where there are no more.

    `objects` are common table expressions, the last of which is `objects` with the columns `oid`, `pages` and `used`
    beside those wanted. `labels` and `sums` are the columns wanted, with what the row of the sums has in them. Sums and
    ranks are computed only where objects are left out.
    """
    wanted = ", ".join((*labels, *sums))
    totals = ", ".join((*labels.values(), *sums.values()))
    return f"""
WITH {objects},
few AS MATERIALIZED (SELECT count(*) <= $1::int AS few FROM objects),
ranked AS (
  SELECT objects.*, row_number() OVER (ORDER BY pages DESC, oid) AS by_size,
         row_number() OVER (ORDER BY used DESC, oid) AS by_use
  FROM objects, few WHERE NOT few
),
first AS (SELECT * FROM ranked ORDER BY least(by_size, by_use), by_size LIMIT $1::int)
(SELECT current_database() AS datname, false AS whole, {wanted} FROM objects WHERE (SELECT few FROM few)
  ORDER BY pages DESC, oid)
UNION ALL
SELECT current_database(), false, {wanted} FROM first
UNION ALL
SELECT current_database(), true, {totals} FROM objects WHERE NOT (SELECT few FROM few) HAVING count(*) > 0
"""  # noqa: S608  # fragments of our own
