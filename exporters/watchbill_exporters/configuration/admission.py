"""Which addresses may be probed under which module, at this moment."""

from collections.abc import Iterator, Mapping

from watchbill.catalogue.exporter import DISCOVERY_SUCCESS, DISCOVERY_TARGETS
from watchbill_exporters.collector import Measured
from watchbill_exporters.configuration.address import Address
from watchbill_exporters.configuration.discovery import Discovery, FileState
from watchbill_exporters.configuration.discovery_file import Group
from watchbill_exporters.configuration.settings import Module, Settings


class Admission:
    """Knows the modules' patterns and their discovery files."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self._modules = modules
        self._discoveries = {name: Discovery(module.files) for name, module in modules.items() if module.files}

    async def settings(self, module: str, asked: str) -> Settings | None:
        """A target at an address that the module admits, or None; raises InvalidAddress for what is no host:port.

        No name is looked up: an address is compared as it is spelled.
        """
        address = Address.parse(asked)
        found = self._modules.get(module)
        if found is None:
            return None
        if not found.allowance.admits(address):
            discovery = self._discoveries.get(module)
            if discovery is None:
                return None
            await discovery.refresh()
            if not discovery.lists(address):
                return None
        return found.settings_at(address)

    def admits(self, module: str, address: Address) -> bool:
        """Whether the module admits the address, by what its files said when they were last read."""
        found, discovery = self._modules.get(module), self._discoveries.get(module)
        if found is not None and found.allowance.admits(address):
            return True
        return discovery is not None and discovery.lists(address)

    async def refresh(self) -> None:
        """Reads the discovery files that have changed, at most every 5 s."""
        for discovery in self._discoveries.values():
            await discovery.refresh()

    def read(self) -> None:
        """Reads the discovery files that have changed, now; blocks."""
        for discovery in self._discoveries.values():
            discovery.read()

    def discovered(self) -> Iterator[tuple[Module, Group]]:
        """What the files list, by module."""
        for name, discovery in self._discoveries.items():
            for group in discovery.groups():
                yield self._modules[name], group

    def faults(self) -> Mapping[str, str]:
        """Files whose present content is not in use, and why."""
        return {file: state.fault for file, state in self._states().items() if state.fault is not None}

    def measured(self) -> Iterator[Measured]:
        """The state of each file."""
        states = self._states()
        keys = [(file,) for file in states]
        yield Measured(DISCOVERY_SUCCESS, keys, [float(state.fault is None) for state in states.values()])
        yield Measured(DISCOVERY_TARGETS, keys, [float(state.count) for state in states.values()])

    def _states(self) -> Mapping[str, FileState]:
        """A file of several modules is at fault when it is for one of them."""
        states = [pair for one in self._discoveries.values() for pair in one.states().items()]
        return dict(sorted(states, key=lambda pair: pair[1].fault is not None))
