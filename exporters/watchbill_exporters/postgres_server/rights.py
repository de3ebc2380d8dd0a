"""The rights that the exporter's role needs on a PostgreSQL server, as the lines that grant them."""

ROLE = "CREATE ROLE {user} LOGIN PASSWORD 'PASSWORD'"
GRANT = "GRANT {right} TO {user}"

MONITOR = "pg_monitor"
"""The role that has all of PARTS."""
STATISTICS = "pg_read_all_stats"
SETTINGS = "pg_read_all_settings"
DATA = "pg_read_all_data"
"""From PostgreSQL 14 on: what it reads beyond pg_monitor are estimates from the rows' statistics, and sequences."""
WAL_FOLDER = "EXECUTE ON FUNCTION pg_catalog.pg_ls_waldir()"
PARTS = frozenset({STATISTICS, SETTINGS, WAL_FOLDER})
"""What of pg_monitor the exporter uses; an account that has these alone has everything."""

PREDEFINED_ROLES = f"{{{STATISTICS},{SETTINGS},{DATA}}}"
"""Roles that the exporter looks for, as an array of PostgreSQL; no server must have all of them."""
