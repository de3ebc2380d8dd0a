"""All targets: those that the configuration names, and those whose addresses its modules admit."""

import asyncio
from collections.abc import Iterator, Mapping
from time import monotonic

from watchbill_exporters.addresses import Addresses
from watchbill_exporters.configuration.admission import Admission
from watchbill_exporters.configuration.settings import Configuration, Settings
from watchbill_exporters.kinds import KINDS
from watchbill_exporters.resolver import Resolver
from watchbill_exporters.slots import Slots
from watchbill_exporters.target import LOG, Target
from watchbill_exporters.unexpected import place_of

SWEEP_SECONDS = 15.0
LONGEST_REST = 300.0
"""Seconds without a probe after which a target's connection is closed."""
_LOOKUPS_BY_ADDRESS = 32


class Fleet:
    """Connects to no target before it is probed. Iterating gives those that the configuration names."""

    def __init__(self, configuration: Configuration) -> None:
        hosts = {settings.host for settings in configuration.targets.values()}
        # Names that are asked for by address must not use up the lookups of the others.
        self._resolver, self._other_resolver = Resolver(len(hosts)), Resolver(_LOOKUPS_BY_ADDRESS)
        self.slots = Slots()
        self.admission = Admission(configuration.modules)
        self._targets: Mapping[str, Target] = {
            name: self._made(settings, self._resolver) for name, settings in configuration.targets.items()
        }
        self.addresses = Addresses(self.admission, lambda settings: self._made(settings, self._other_resolver))

    def __iter__(self) -> Iterator[Target]:
        return iter(self._targets.values())

    def get(self, name: str) -> Target | None:
        """The target of this name, if the configuration lists it."""
        return self._targets.get(name)

    @property
    def connections(self) -> int:
        """How many are open."""
        return sum(target.connections for targets in (self, self.addresses) for target in targets)

    async def watch(self) -> None:
        """Lets go of what is not used, and of what is no longer allowed, until it is cancelled."""
        while True:
            try:
                await self.admission.refresh()
                await self.sweep()
            except Exception as error:  # noqa: BLE001  # the next round may do better
                LOG.error("unused targets could not be let go: %s", place_of(error))
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Does so once."""
        self.addresses.sweep()
        oldest = monotonic() - LONGEST_REST
        for target in tuple(self) + tuple(self.addresses):
            if target.used_at < oldest:
                await target.rest()

    async def close(self) -> None:
        """Ends all probes and connections."""
        await asyncio.gather(*(target.close() for target in self), self.addresses.close())
        self._resolver.close()
        self._other_resolver.close()

    def _made(self, settings: Settings, resolver: Resolver) -> Target:
        kind = KINDS[settings.kind]
        return Target(settings, kind.driver(settings, resolver), self.slots, lambda right: kind.remedy(settings, right))
