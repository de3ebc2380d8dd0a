"""What is shown of an SQLAlchemy pool."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

from tests.plugins.application import exposed, quiet
from watchbill import Observability
from watchbill.catalogue.pool import (
    CONNECTIONS_ACTIVE,
    CONNECTIONS_IDLE,
    CONNECTIONS_MAX,
    CONNECTIONS_OVERFLOW,
    CONNECTIONS_RECYCLED,
    RECYCLE_REASON,
)
from watchbill.catalogue.watching import INTERNAL_ERRORS
from watchbill.ground import Ground
from watchbill.integrations.sqlalchemy_pool import PoolAttachment

GAUGES = (CONNECTIONS_ACTIVE, CONNECTIONS_IDLE, CONNECTIONS_MAX, CONNECTIONS_OVERFLOW)


def ground(obs: Observability) -> Ground:
    """What its integrations stand on."""
    found: Ground = vars(obs)["_ground"]
    return found


def told(folder: Path) -> Observability:
    """One of several workers, whose page another may render: what its pools' events tell is all that is shown."""
    obs = quiet(workers=folder)
    obs.registry.unregister(ground(obs).readings)
    return obs


@dataclass
class WatchedPool:
    """An Observability, and what it shows of a pool."""

    obs: Observability

    def attach(self, engine: Any, name: str = "main") -> PoolAttachment:
        """Instruments the pool."""
        attachment = PoolAttachment(ground(self.obs), engine, name)
        attachment.attach()
        return attachment

    def numbers(self) -> tuple[float, ...]:
        """Active, idle, most and overflow."""
        found = exposed(self.obs)
        return tuple(found.value(gauge) for gauge in GAUGES)

    def recycled(self, reason: str) -> float:
        """Connections recycled for a reason."""
        return exposed(self.obs).value(CONNECTIONS_RECYCLED, {RECYCLE_REASON: reason})

    def agrees(self, engine: Any) -> bool:
        """Whether it shows what the pool of the engine says itself."""
        pool = engine.pool
        most = pool.size() + pool._max_overflow
        own = (pool.checkedout(), pool.checkedin(), most, max(pool.overflow(), 0))
        assert self.numbers() == own
        return True


@contextmanager
def watching(obs: Observability) -> Generator[WatchedPool]:
    """What it shows of a pool; nothing of it may go wrong."""
    yield WatchedPool(obs)
    assert exposed(obs).value(INTERNAL_ERRORS) == 0


@contextmanager
def engines(file: Path) -> Generator[Callable[..., sa.Engine]]:
    """Makes engines on a database file, and disposes of them."""
    made: list[sa.Engine] = []

    def create(**given: Any) -> sa.Engine:
        settings: dict[str, Any] = {"poolclass": QueuePool} | given
        made.append(sa.create_engine(f"sqlite:///{file}", **settings))
        return made[-1]

    yield create
    for engine in made:
        engine.dispose()
