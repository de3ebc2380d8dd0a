"""What a service uses: each dependency is a target of the exporter and an edge of the inhibition graph."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from watchbill.problem import Declared, Problem
from watchbill.team import NAME_RULE, is_name

_ADDRESS = re.compile(r"[A-Za-z0-9._-]+:\d{1,5}|\[[0-9A-Fa-f:]+\]:\d{1,5}")


def is_address(value: object) -> bool:
    """Whether a value is host:port, without a scheme, a user or a path."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        return False
    return 0 < int(value.rsplit(":", 1)[1]) < 65_536


@dataclass(frozen=True)
class Dependency(Declared):
    """A server a service uses; `address` is host:port as the exporter reaches it. Use one of its kinds."""

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""

    name: str
    address: str = field(default="", kw_only=True)
    password_file: str | None = field(default=None, kw_only=True)

    def problems(self) -> Iterator[Problem]:
        if not is_name(self.name):
            yield self.problem(f"{self.name!r} is no dependency name", NAME_RULE)
        if not is_address(self.address):
            yield self.problem(
                f"{self.title} {self.name!r} has the address {self.address!r}",
                'give address="host:port"; a password goes into a file named by password_file',
            )


@dataclass(frozen=True)
class Redis(Dependency):
    """A Redis or Valkey server."""

    kind: ClassVar[str] = "redis"
    title: ClassVar[str] = "Redis"

    address: str = field(default="127.0.0.1:6379", kw_only=True)
    username: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Postgres(Dependency):
    """A PostgreSQL server; the exporter signs in to `database` as `user`, which needs pg_monitor alone."""

    kind: ClassVar[str] = "postgres"
    title: ClassVar[str] = "PostgreSQL"

    address: str = field(default="127.0.0.1:5432", kw_only=True)
    database: str = field(default="postgres", kw_only=True)
    user: str = field(default="watchbill", kw_only=True)
    pool_max: int | None = field(default=None, kw_only=True)

    def problems(self) -> Iterator[Problem]:
        yield from Dependency.problems(self)
        if self.pool_max is not None and self.pool_max < 1:
            yield self.problem(f"pool_max={self.pool_max} leaves no connection", "give the pool's size, 1 or more")
