"""What a service uses: each dependency is a target of the exporter and an edge of the inhibition graph."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from watchbill.problem import Declared, Problem, is_a
from watchbill.team import NAME_RULE, is_name

_ADDRESS = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}")


def is_address(value: object) -> bool:
    """Whether a value is host:port, without a scheme, a user or a path."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        return False
    return 0 < int(value.rsplit(":", 1)[1]) < 65_536


def shown_address(value: object) -> str:
    """A wrong address as a message may show it: without what stands before an @, which may hold a password."""
    if isinstance(value, str) and "@" in value:
        return repr("…@" + value.rpartition("@")[2])
    return repr(value)


@dataclass(frozen=True)
class Dependency(Declared):
    """A server a service uses; `address` is host:port as the exporter reaches it. Use one of its kinds."""

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""

    name: str
    address: str = field(default="", kw_only=True)
    password_file: str | None = field(default=None, kw_only=True)

    def problems(self) -> Iterator[Problem]:
        if not self.kind:
            yield self.problem("a Dependency alone does not say what it is", "use one of its kinds, such as Redis")
        if not is_name(self.name):
            yield self.problem(f"{self.name!r} is no dependency name", NAME_RULE)
        if not is_address(self.address):
            yield self.problem(
                f"{self.title} {self.name!r} has the address {shown_address(self.address)}",
                'give address="host:port"; a password goes into a file named by password_file',
            )
        if self.password_file is not None:
            yield from self._problems_of_texts("password_file")

    def _problems_of_texts(self, *fields: str) -> Iterator[Problem]:
        for one in fields:
            value = getattr(self, one)
            if not is_a(value, str) or not value:
                yield self.problem(f"{one} of {self.title} {self.name!r} is no text, or empty", f"give {one} as text")


@dataclass(frozen=True)
class Redis(Dependency):
    """A Redis or Valkey server."""

    kind: ClassVar[str] = "redis"
    title: ClassVar[str] = "Redis"

    address: str = field(default="127.0.0.1:6379", kw_only=True)
    username: str | None = field(default=None, kw_only=True)

    def problems(self) -> Iterator[Problem]:
        yield from Dependency.problems(self)
        if self.username is not None:
            yield from self._problems_of_texts("username")


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
        yield from self._problems_of_texts("database", "user")
        if self.pool_max is not None and (type(self.pool_max) is not int or self.pool_max < 1):
            yield self.problem(f"pool_max={self.pool_max!r} is no size of a pool", "give a whole number, 1 or more")
