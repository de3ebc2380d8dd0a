"""PostgresDown: a PostgreSQL that services use does not answer."""

from watchbill.catalogue.postgres_server.probe import PG_UP, PG_UP_REASON
from watchbill.dependency import Postgres
from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_alerts.alert import Alert
from watchbill_alerts.dependency_probe import Probe


def postgres_down(stack: Stack, dependency: Postgres, profile: Profile) -> Alert:
    """A PostgreSQL server does not answer.

    ## Meaning
    The exporter has not signed in to the PostgreSQL "$name" (database $database) at $address $held, or could not
    finish asking it.

    ## Impact
    It is used by $hurt: whatever reads or writes data there fails. The alerts on symptoms of $hurt are silenced while
    this one fires.

    ## First checks
    1. See what the exporter says: `$up` 0 is the server, `$scraped` 0 the probe itself:

       $state

    2. See why (refused: nothing listens there; timeout: host or network; auth: a changed password; full: no
       connection is left; loading: it recovers after a crash):

       $reason

    3. From a host of $hurt, ask it directly: `pg_isready -h $host -p $port`.

    ## Mitigation
    - It ended: read the last lines of its log before you start it; a full disk comes back at once.
    - It recovers: wait, and follow the recovery in its log; do not restart it again.
    - No connection is left: end idle sessions (`pg_terminate_backend`), then look for the pool that leaks.
    - It will not come back soon: promote a replica, and point $hurt to it.
    """
    return Probe(stack, dependency, PG_UP).down_alert(
        profile,
        name="PostgresDown",
        reason=PG_UP_REASON,
        consequence="get errors wherever it is read or written",
        family=postgres_down,
        database=dependency.database,
    )
