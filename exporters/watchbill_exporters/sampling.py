"""`--sample`: looks at some keys of one Redis target, on an operator's request."""

import asyncio

from watchbill.errors import WatchbillError
from watchbill_exporters.configuration.settings import Configuration
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.redis_server.settings import RedisSettings
from watchbill_exporters.resolver import Resolver

_SECONDS = 120.0
MOST_KEYS = 1_000_000


class NoSample(WatchbillError):
    """A sample that cannot be taken; the message says why, and what to do."""


def sample(configuration: Configuration, target: str, keys: int) -> str:
    """The biggest and hottest of so many keys of each database, as text; call it where no event loop runs.

    Raises NoSample.
    """
    settings = configuration.targets.get(target)
    if not isinstance(settings, RedisSettings):
        known = [name for name, one in configuration.targets.items() if isinstance(one, RedisSettings)]
        raise NoSample(
            f"no Redis target has the name {target!r}\n  remedy: use one of: {', '.join(known) or 'none yet'}"
        )
    try:
        return asyncio.run(_sample(settings, keys))
    except TargetDown as down:
        raise NoSample(f"target {target} is down ({down.reason}): {down.cause}\n  remedy: {down.remedy}") from down


async def _sample(settings: RedisSettings, keys: int) -> str:
    # The rest of the exporter needs no word of Redis.
    from watchbill_exporters.redis_server.driver import RedisDriver
    from watchbill_exporters.redis_server.replies import Refused
    from watchbill_exporters.redis_server.rights import ACL_OF_PREFIXES
    from watchbill_exporters.redis_server.samples import Sampler, report

    resolver, deadline = Resolver(1), Deadline.after(_SECONDS)
    try:
        session = await RedisDriver(settings, resolver).connect(deadline)
        try:
            return report(await Sampler(session.wire, deadline).samples(keys))
        except Refused as refused:
            line = ACL_OF_PREFIXES.format(user=settings.username or "default")
            raise NoSample(f"target {settings.name} refuses: {refused}\n  remedy: {line}") from refused
        finally:
            await session.close()
    finally:
        resolver.close()
