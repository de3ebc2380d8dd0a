"""Targets that are asked for by their address and the name of a module that admits it."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from time import monotonic

from watchbill_exporters.configuration.address import Address
from watchbill_exporters.configuration.admission import Admission
from watchbill_exporters.configuration.settings import Settings
from watchbill_exporters.target import Target

MOST_TARGETS = 500
LONGEST_IDLE = 600.0
"""Seconds without a probe after which a target is forgotten."""

Key = tuple[str, str]


class TooManyTargets(Exception):
    """Every place is taken by a target that is being probed."""


class Addresses:
    """At most MOST_TARGETS; the one that was not probed for longest makes room for another."""

    def __init__(self, admission: Admission, make: Callable[[Settings], Target]) -> None:
        self._admission = admission
        self._make = make
        self._targets: OrderedDict[Key, Target] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()

    def __iter__(self) -> Iterator[Target]:
        return iter(self._targets.values())

    async def get(self, module: str, asked: str) -> Target | None:
        """The target, if the module admits the address now; raises InvalidAddress and TooManyTargets."""
        settings = await self._admission.settings(module, asked)
        if settings is None:
            return None
        key = (module, settings.address)
        target = self._targets.get(key)
        if target is None:
            self._make_room()
            target = self._targets[key] = self._make(settings)
        self._targets.move_to_end(key)
        return target

    def sweep(self) -> None:
        """Forgets what no module admits any more, and what nobody asks for."""
        oldest = monotonic() - LONGEST_IDLE
        self._forget(key for key, one in self._targets.items() if self._is_over(key, one, oldest))

    async def close(self) -> None:
        """Ends all probes and connections."""
        self._forget(self._targets)
        await asyncio.gather(*self._closing)

    def _is_over(self, key: Key, target: Target, oldest: float) -> bool:
        module, address = key
        if not self._admission.admits(module, Address.parse(address)):
            return True
        return target.used_at < oldest and not target.is_busy

    def _make_room(self) -> None:
        if len(self._targets) < MOST_TARGETS:
            return
        idle = next((key for key, target in self._targets.items() if not target.is_busy), None)
        if idle is None:
            raise TooManyTargets
        self._forget([idle])

    def _forget(self, keys: Iterable[Key]) -> None:
        for key in tuple(keys):
            task = asyncio.create_task(self._targets.pop(key).close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
