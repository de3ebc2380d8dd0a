"""All targets of a configuration, by name: nothing else is ever probed."""

from collections.abc import Iterator, Mapping

from watchbill_exporters.configuration.settings import Configuration, PostgresSettings, RedisSettings, Settings
from watchbill_exporters.postgres_server import PostgresDriver
from watchbill_exporters.redis_server import RedisDriver
from watchbill_exporters.resolver import Resolver
from watchbill_exporters.session import Driver
from watchbill_exporters.target import Target


class Fleet:
    """The targets; connects to none before it is probed."""

    def __init__(self, configuration: Configuration) -> None:
        hosts = {settings.host for settings in configuration.targets.values()}
        self._resolver = Resolver(len(hosts))
        self._targets: Mapping[str, Target] = {
            name: Target(settings, _driver(settings, self._resolver))
            for name, settings in configuration.targets.items()
        }

    def __iter__(self) -> Iterator[Target]:
        return iter(self._targets.values())

    def get(self, name: str) -> Target | None:
        """The target of this name, if the configuration lists it."""
        return self._targets.get(name)

    async def close(self) -> None:
        """Ends all probes and connections."""
        for target in self:
            await target.close()
        self._resolver.close()


def _driver(settings: Settings, resolver: Resolver) -> Driver:
    match settings:
        case RedisSettings():
            return RedisDriver(settings, resolver)
        case PostgresSettings():
            return PostgresDriver(settings, resolver)
        case _:
            raise TypeError(f"no driver reads {settings.kind!r}")
