"""redis-py and valkey-py: one is the other's fork, and they differ in names alone."""

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from watchbill.extras import required


@dataclass(frozen=True, slots=True)
class Library:
    """What it is called: its package, which is its extra too, and its classes' own part of their names."""

    package: str
    classes: str

    def load(self) -> ModuleType:
        """The package; raises MissingExtra when it is not installed."""
        return required(self.package, needed_by=f"obs.{self.package}()")

    def module(self, name: str) -> ModuleType:
        """One of its modules."""
        return import_module(f"{self.package}.{name}")

    @property
    def clients(self) -> tuple[type[Any], ...]:
        """The classes of its clients: those of one server, sync and asyncio, and those of a cluster."""
        return (
            getattr(self.module("client"), self.classes),
            getattr(self.module("asyncio.client"), self.classes),
            getattr(self.module("cluster"), f"{self.classes}Cluster"),
            getattr(self.module("asyncio.cluster"), f"{self.classes}Cluster"),
        )


REDIS = Library("redis", "Redis")
VALKEY = Library("valkey", "Valkey")
