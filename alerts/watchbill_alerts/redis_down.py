"""RedisDown: a Redis that services use does not answer."""

from watchbill.catalogue.redis_server.probe import REDIS_UP, REDIS_UP_REASON
from watchbill.dependency import Redis
from watchbill.profile import Profile
from watchbill.stack import Stack
from watchbill_alerts.alert import Alert
from watchbill_alerts.dependency_probe import Probe


def redis_down(stack: Stack, dependency: Redis, profile: Profile) -> Alert:
    """A Redis server does not answer.

    ## Meaning
    The exporter has not reached the Redis "$name" at $address $held, or could not finish asking it.

    ## Impact
    It is used by $hurt. Where it is a cache, every request goes to what is behind it, which may not bear the load;
    where it holds sessions, queues or limits, users see errors. The alerts on symptoms of $hurt are silenced while
    this one fires.

    ## First checks
    1. See what the exporter says: `$up` 0 is the server, `$scraped` 0 the probe itself:

       $state

    2. See why (refused: nothing listens there; timeout: host or network; auth: a changed password; loading: it reads
       its data after a start):

       $reason

    3. From a host of $hurt, ask it directly: `redis-cli -h $host -p $port ping`.

    ## Mitigation
    - It ended: start it. If the kernel killed it for its memory, set `maxmemory` below what the host has.
    - It is loading: wait, and watch `used_memory` grow; do not restart it again.
    - It refuses clients (`maxclients`): find who holds the connections with `CLIENT LIST`, and close them.
    - It will not come back soon: switch the cache off in $hurt, or point it to a replica.
    """
    return Probe(stack, dependency, REDIS_UP).down_alert(
        profile,
        name="RedisDown",
        reason=REDIS_UP_REASON,
        consequence="get slow answers where it is a cache, and errors where it holds data",
        family=redis_down,
    )
