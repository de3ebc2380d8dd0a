"""What the service uses: is it up, how fast does it answer, how full is it."""

from collections.abc import Sequence

from watchbill.catalogue import DEPENDENCY, Gauge
from watchbill.catalogue.postgres_server.databases import (
    PG_BACKENDS,
    PG_BLOCKS_HIT,
    PG_BLOCKS_READ,
    PG_DATABASE,
    PG_DATABASE_SIZE,
)
from watchbill.catalogue.postgres_server.probe import PG_PING, PG_UP
from watchbill.catalogue.postgres_server.server import PG_MAX_CONNECTIONS
from watchbill.catalogue.redis_server.clients import REDIS_CLIENTS, REDIS_MAX_CLIENTS
from watchbill.catalogue.redis_server.keyspace import REDIS_HITS, REDIS_MISSES
from watchbill.catalogue.redis_server.memory import REDIS_MEMORY_RSS, REDIS_MEMORY_USED
from watchbill.catalogue.redis_server.probe import REDIS_PING, REDIS_UP
from watchbill.dependency import Dependency, Postgres, Redis
from watchbill.expression import Aggregate, Expression, ratio, select, total
from watchbill.problem import Place
from watchbill_dashboards.panel import Panel
from watchbill_dashboards.row import Row
from watchbill_dashboards.scope import DRAWN, Scope
from watchbill_dashboards.stat import Stat
from watchbill_dashboards.steps import PLAIN, Colour, Level, Steps
from watchbill_dashboards.target import Target
from watchbill_dashboards.timeseries import TimeSeries

UP_OR_DOWN: dict[str, tuple[str, Colour | None]] = {"0": ("down", "red"), "1": ("up", "green")}
_NEARLY_FULL = Steps.ceiling(Level(0.8, "orange"))
_UP = {Redis.kind: REDIS_UP, Postgres.kind: PG_UP}
_PING = {Redis.kind: REDIS_PING, Postgres.kind: PG_PING}


def up(dependency: Dependency) -> Expression:
    """1 while the exporter reaches it, 0 while it does not."""
    return Aggregate("min", _of(dependency, _UP[dependency.kind]))


def dependencies(scope: Scope) -> Row:
    """A line of panels for each dependency."""
    return Row("Dependencies", [panel for one in scope.service.uses for panel in _line(scope, one)])


def _line(scope: Scope, dependency: Dependency) -> Sequence[Panel]:
    common = [_up(scope, dependency), _ping(scope, dependency)]
    match dependency:
        case Redis():
            return [*common, *_redis(scope, dependency)]
        case Postgres():
            return [*common, *_postgres(scope, dependency)]
        case _:
            return common


def _up(scope: Scope, dependency: Dependency) -> Panel:
    return Stat(
        key=f"{dependency.name}-up",
        title=f"{dependency.name}: {dependency.title}",
        description=f"Whether {dependency.title} {dependency.name!r} answered the exporter just now.",
        targets=[scope.now(up(dependency))],
        texts=UP_OR_DOWN,
        height=7,
        declared=dependency.place,
    )


def _ping(scope: Scope, dependency: Dependency) -> Panel:
    return _drawn(
        dependency,
        "ping",
        "round trip",
        f"How long one empty command takes from the exporter to {dependency.title} {dependency.name!r} and back.",
        scope.target(Aggregate("max", _of(dependency, _PING[dependency.kind])), "round trip"),
    )


def _redis(scope: Scope, redis: Redis) -> Sequence[Panel]:
    clients = Aggregate("max", _of(redis, REDIS_CLIENTS)) / Aggregate("max", _of(redis, REDIS_MAX_CLIENTS))
    here = DEPENDENCY.equals(redis.name)
    hits, misses = (total(select(counter, here).rate(DRAWN)) for counter in (REDIS_HITS, REDIS_MISSES))
    return [
        _connections(scope, redis, clients),
        _drawn(
            redis,
            "memory",
            "memory",
            "Memory that the server's data takes, and what the system gives it. A growing gap is fragmentation.",
            scope.target(Aggregate("max", _of(redis, REDIS_MEMORY_USED)), "data"),
            scope.target(Aggregate("max", _of(redis, REDIS_MEMORY_RSS)), "from the system"),
        ),
        _drawn(
            redis,
            "hit-ratio",
            "hit ratio",
            "Share of reads that found their key. A fall sends load to what stands behind the cache.",
            scope.target(ratio(hits, hits + misses), "hits"),
            maximum=1,
        ),
    ]


def _postgres(scope: Scope, postgres: Postgres) -> Sequence[Panel]:
    here = DEPENDENCY.equals(postgres.name), PG_DATABASE.equals(postgres.database)
    sessions = total(_of(postgres, PG_BACKENDS)) / Aggregate("max", _of(postgres, PG_MAX_CONNECTIONS))
    hit, read = (total(select(counter, *here).rate(DRAWN)) for counter in (PG_BLOCKS_HIT, PG_BLOCKS_READ))
    return [
        _connections(scope, postgres, sessions),
        _drawn(
            postgres,
            "size",
            "size",
            f"Bytes that the database {postgres.database!r} takes on disk.",
            scope.target(Aggregate("max", select(PG_DATABASE_SIZE, *here)), "on disk"),
        ),
        _drawn(
            postgres,
            "hit-ratio",
            "hit ratio",
            f"Share of the blocks of {postgres.database!r} found in the server's cache rather than read from disk.",
            scope.target(ratio(hit, hit + read), "hits"),
            maximum=1,
        ),
    ]


def _connections(scope: Scope, dependency: Dependency, used: Expression) -> Panel:
    return _drawn(
        dependency,
        "connections",
        "connections in use",
        "Open connections as a share of what the server accepts at most. At 100 % new ones are refused.",
        scope.target(used, "in use"),
        steps=_NEARLY_FULL,
    )


def _drawn(
    dependency: Dependency,
    key: str,
    subject: str,
    description: str,
    *targets: Target,
    steps: Steps = PLAIN,
    maximum: float | None = None,
) -> Panel:
    return TimeSeries(
        key=f"{dependency.name}-{key}",
        title=f"{dependency.name}: {subject}",
        description=description,
        targets=targets,
        steps=steps,
        maximum=maximum,
        width=5,
        height=7,
        place=Place.of_call(),
        declared=dependency.place,
    )


def _of(dependency: Dependency, metric: Gauge) -> Expression:
    return select(metric, DEPENDENCY.equals(dependency.name))
