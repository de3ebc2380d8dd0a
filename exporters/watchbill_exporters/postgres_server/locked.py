"""What somebody holds or awaits ACCESS EXCLUSIVE on: to measure it would be to wait."""

from typing import LiteralString

# The size functions lock a table and all that belongs to it. lock_timeout is for one that is locked meanwhile.
LOCKED: LiteralString = """
locked AS MATERIALIZED (
  SELECT relation FROM pg_locks WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
),
busy AS MATERIALIZED (
  SELECT relation AS oid FROM locked
  UNION SELECT indrelid FROM pg_index WHERE indexrelid IN (SELECT relation FROM locked)
),
avoided AS MATERIALIZED (
  SELECT oid FROM busy UNION SELECT oid FROM pg_class WHERE reltoastrelid IN (SELECT oid FROM busy)
)"""
"""Common table expressions: `locked` relations, and `avoided` tables: they, their TOAST table or an index of either."""
