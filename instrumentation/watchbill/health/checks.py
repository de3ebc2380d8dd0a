"""The checks of one service, and what they found."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from prometheus_client import Gauge

from watchbill.catalogue.health import CHECK, HEALTH_CHECK_DURATION, HEALTH_CHECK_STATUS, HEALTH_CHECK_TIME
from watchbill.emission import Emission
from watchbill.errors import InvalidDeclaration
from watchbill.fault import Faults
from watchbill.health.check import Check, Outcome
from watchbill.health.probe import Probe
from watchbill.problem import is_a

Function = TypeVar("Function", bound=Callable[[], Any])

_TIMEOUT_SECONDS = 2.0
_LOG = logging.getLogger("watchbill")


class Checks:
    """`obs.health`: registers checks and runs them. Checks may be added and removed at any time.

    `emission` is None where no metrics are kept.
    """

    def __init__(self, emission: Emission | None, faults: Faults, max_age: float) -> None:
        self._emission = emission
        self.faults = faults
        self._max_age = max_age
        self._probes: dict[str, Probe] = {}
        self._gauges: tuple[Gauge, ...] = ()
        self._passed: dict[str, bool] = {}
        self._hooks: list[Callable[[], object]] = []
        self.draining = False

    def check(
        self, name: str, *, timeout: float = _TIMEOUT_SECONDS, critical: bool = True
    ) -> Callable[[Function], Function]:
        """A decorator that registers a function, coroutine function or not, and returns it unchanged; see `add`."""
        if not is_a(name, str):
            raise InvalidDeclaration("check", ['a check needs a name: @obs.health.check("database")'])

        def register(run: Function) -> Function:
            self.add(name, run, timeout=timeout, critical=critical)
            return run

        return register

    def add(
        self, name: str, run: Callable[[], Any], *, timeout: float = _TIMEOUT_SECONDS, critical: bool = True
    ) -> None:
        """Registers a check: it fails by raising, by returning False or a failed Result, or after `timeout` seconds.

        A mapping that it returns is shown as its details. Coroutine functions run on the application's loop, others in
        a thread. The service is not ready while a critical check fails. Adding the same function again does nothing.
        Raises InvalidDeclaration for a name that is taken or unusable.
        """
        check = Check(name, run, timeout, critical)
        known = self._probes.get(name)
        if known is not None and known.check == check:
            return
        if known is not None:
            raise InvalidDeclaration(f"check {name!r}", ["there is another check of this name; remove it first"])
        if len(self._probes) >= CHECK.limit:
            raise InvalidDeclaration(f"check {name!r}", [f"a service has at most {CHECK.limit} checks"])
        if self._emission is not None and not self._gauges:
            gauges = (HEALTH_CHECK_STATUS, HEALTH_CHECK_DURATION, HEALTH_CHECK_TIME)
            self._gauges = tuple(self._emission.gauge(metric) for metric in gauges)
        self._probes = {**self._probes, name: Probe(check, self._settled)}
        for hook in self._hooks:
            hook()

    def remove(self, name: str) -> None:
        """Forgets a check and its series; nothing happens when there is none of this name."""
        probes = dict(self._probes)
        if probes.pop(name, None) is not None:
            self._probes = probes
            self._passed.pop(name, None)
            for gauge in self._gauges:
                with suppress(KeyError):  # it has not run yet
                    gauge.remove(name)

    def drain(self) -> None:
        """Makes the service not ready from now on, whatever the checks say: before it is taken out of service."""
        self.draining = True

    def __len__(self) -> int:
        return len(self._probes)

    @property
    def registered(self) -> Mapping[str, Check]:
        """The checks by name."""
        return {name: probe.check for name, probe in self._probes.items()}

    async def run(self, name: str, *, max_age: float | None = None) -> Outcome:
        """What a check finds now, or found at most `max_age` seconds ago; KeyError when there is none of this name."""
        return await self._probes[name].outcome(self._max_age if max_age is None else max_age)

    async def run_all(self, *, critical: bool = False, max_age: float | None = None) -> dict[Check, Outcome]:
        """What all checks, or the critical ones, find: side by side, so that the slowest alone counts."""
        age = self._max_age if max_age is None else max_age
        chosen = [probe for probe in self._probes.values() if probe.check.critical or not critical]
        found = await asyncio.gather(*(probe.outcome(age) for probe in chosen))
        return {probe.check: outcome for probe, outcome in zip(chosen, found, strict=True)}

    def when_added(self, hook: Callable[[], object]) -> None:
        """Calls a hook after each check that is registered from now on."""
        self._hooks.append(hook)

    def _settled(self, check: Check, outcome: Outcome) -> None:
        known = self._probes.get(check.name)
        if known is None or known.check is not check:
            return
        try:
            self._tell(check, outcome)
            for gauge, value in zip(self._gauges, (float(outcome.ok), outcome.seconds, outcome.at), strict=False):
                gauge.labels(check.name).set(value)
        except Exception as error:  # noqa: BLE001  never into the application
            self.faults.report("health", error)

    def _tell(self, check: Check, outcome: Outcome) -> None:
        """One log line for each change, not for each run."""
        if self._passed.get(check.name, True) != outcome.ok:
            if outcome.ok:
                _LOG.info("watchbill: health check %r passes again", check.name)
            else:
                _LOG.warning("watchbill: health check %r failed: %s", check.name, outcome.reason)
        self._passed[check.name] = outcome.ok
