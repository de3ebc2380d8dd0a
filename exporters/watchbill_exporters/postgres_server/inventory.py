"""What is read of a PostgreSQL server, in the order of asking: what may take long comes last."""

from watchbill_exporters.postgres_server.bloat import index_bloat, table_bloat
from watchbill_exporters.postgres_server.blocking import BLOCKING
from watchbill_exporters.postgres_server.checkpoints import CHECKPOINTS
from watchbill_exporters.postgres_server.collector import PostgresCollector
from watchbill_exporters.postgres_server.database_statistics import DATABASES
from watchbill_exporters.postgres_server.disk import CACHE, DISK
from watchbill_exporters.postgres_server.identity import IDENTITY
from watchbill_exporters.postgres_server.index_hints import index_hints
from watchbill_exporters.postgres_server.indexes import indexes
from watchbill_exporters.postgres_server.locks import LOCKS
from watchbill_exporters.postgres_server.replication import REPLICATION, WAL_RECEIVER
from watchbill_exporters.postgres_server.roles import ROLES
from watchbill_exporters.postgres_server.sequences import CONSTRAINTS, SEQUENCES
from watchbill_exporters.postgres_server.server_settings import server_settings
from watchbill_exporters.postgres_server.sessions import SESSIONS
from watchbill_exporters.postgres_server.settings import PostgresSettings
from watchbill_exporters.postgres_server.sizes import database_sizes, sizes
from watchbill_exporters.postgres_server.slots import SLOTS
from watchbill_exporters.postgres_server.standbys import STANDBYS
from watchbill_exporters.postgres_server.statements import statements
from watchbill_exporters.postgres_server.subscriptions import SUBSCRIPTIONS
from watchbill_exporters.postgres_server.table_hints import table_hints
from watchbill_exporters.postgres_server.table_io import table_io
from watchbill_exporters.postgres_server.tables import tables
from watchbill_exporters.postgres_server.transactions import PREPARED_TRANSACTIONS
from watchbill_exporters.postgres_server.vacuum import autovacuum_due, autovacuum_workers, vacuum_progress
from watchbill_exporters.postgres_server.wal import ARCHIVER, WAL, WAL_FILES
from watchbill_exporters.postgres_server.wraparound import old_tables, wraparound

_SERVER = (
    IDENTITY,
    REPLICATION,
    WAL_RECEIVER,
    STANDBYS,
    SLOTS,
    SUBSCRIPTIONS,
    SESSIONS,
    DATABASES,
    ROLES,
    WAL,
    ARCHIVER,
    CHECKPOINTS,
    DISK,
    PREPARED_TRANSACTIONS,
    LOCKS,
    BLOCKING,
    WAL_FILES,
)
_SLOW = (CACHE, SEQUENCES, CONSTRAINTS)


def collectors(settings: PostgresSettings) -> tuple[PostgresCollector, ...]:
    """All collectors of one target; those that remember their last reading do it for this target alone."""
    del settings
    quick = (tables(), table_io(), indexes(), vacuum_progress(), autovacuum_workers(), wraparound(), server_settings())
    slow = (
        database_sizes(),
        statements(),
        sizes(),
        autovacuum_due(),
        old_tables(),
        index_hints(),
        table_hints(),
        table_bloat(),
        index_bloat(),
    )
    return (*_SERVER, *quick, *_SLOW, *slow)
