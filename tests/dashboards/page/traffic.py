"""What a small shop, its Redis and its PostgreSQL say about themselves, as a function of time."""

import math
from collections.abc import Iterator, Mapping

from watchbill.burn_rate import WINDOWS
from watchbill.catalogue import LE, SERVICE, Histogram, Label, Metric
from watchbill.catalogue import objectives as slo
from watchbill.catalogue import process as proc
from watchbill.catalogue.buckets import bound_text
from watchbill.catalogue.http import (
    HTTP_REQUEST_DURATION,
    HTTP_REQUESTS,
    HTTP_REQUESTS_IN_PROGRESS,
    HTTP_TIME_TO_FIRST_BYTE,
    METHOD,
    ROUTE,
    STATUS,
)
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
from watchbill.catalogue.redis_server.memory import REDIS_MEMORY_MAX, REDIS_MEMORY_RSS, REDIS_MEMORY_USED
from watchbill.catalogue.redis_server.probe import REDIS_PING, REDIS_UP
from watchbill.service import Service

HOSTILE_ROUTE = "/<img src=x onerror=\"document.title='owned'\">"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
STARTED_BEFORE_SECONDS = 1500.0
_ROUTES = {"/search": (14.0, 0.16), "/items/{id}": (9.0, 0.03), "/checkout": (2.5, 0.34), HOSTILE_ROUTE: (0.6, 0.02)}
_SAFE = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})

Labels = Mapping[Label, str]


def sample(name: str, labels: Labels, value: float) -> str:
    """One line of the exposition format."""
    pairs = ",".join(f'{label.name}="{text.translate(_SAFE)}"' for label, text in labels.items())
    return f"{name}{{{pairs}}} {value!r}" if pairs else f"{name} {value!r}"


def counted(rate: float, now: float, swing: float = 0.35, phase: float = 0.0) -> float:
    """A counter whose rate swings around its mean with a period of 25 minutes and a ripple of 3."""
    return sum(
        rate * part * (now % 1e6 - swing * period / math.tau * math.cos(math.tau * now / period + phase))
        for part, period in ((0.8, 1500.0), (0.2, 180.0))
    )


def shop(service: Service, now: float, number: int = 0) -> str:
    """The exposition of one process of the shop, with an exemplar on its slowest bucket."""
    lines = [
        *_requests(now, number),
        *_histogram(HTTP_REQUEST_DURATION, service.latency_buckets, now, number, 1.0),
        *_histogram(HTTP_TIME_TO_FIRST_BYTE, service.latency_buckets, now, number, 0.7),
        sample(HTTP_REQUESTS_IN_PROGRESS.name, {METHOD: "GET"}, round(4 + number + 3 * math.sin(now / 60 + number))),
        sample(proc.PROCESS_CPU.name, {}, counted(0.31 + 0.1 * number, now, 0.5)),
        sample(proc.PROCESS_RESIDENT_MEMORY.name, {}, 148e6 + 9e6 * number + 4e6 * math.sin(now / 400)),
        sample(proc.PROCESS_START_TIME.name, {}, now // 1e4 * 1e4 + 60.0 * number),
        sample(proc.PROCESS_OPEN_FILES.name, {}, 41 + 5 * number + round(4 * math.sin(now / 90))),
        sample(proc.PROCESS_MAX_FILES.name, {}, 1024),
        sample(proc.BUILD_INFO.name, {proc.VERSION: "2.4.1", proc.REVISION: "9f3c1d7", proc.PYTHON: "3.11.2"}, 1),
    ]
    return "\n".join([*lines, "# EOF\n"])


def _requests(now: float, number: int) -> Iterator[str]:
    for place, (route, (rate, _)) in enumerate(_ROUTES.items()):
        for status, share in (("200", 0.965), ("304", 0.02), ("404", 0.012), ("500", 0.003 + 0.004 * (place == 2))):
            labels = {METHOD: "GET", ROUTE: route, STATUS: status}
            yield sample(HTTP_REQUESTS.name, labels, counted(rate * share, now, 0.5, number + place))


def _histogram(metric: Histogram, bounds: tuple[float, ...], now: float, number: int, scale: float) -> Iterator[str]:
    yield f"# TYPE {metric.name} histogram"
    for place, (route, (rate, middle)) in enumerate(_ROUTES.items()):
        total = counted(rate, now, 0.5, number + place)
        slow = counted(rate * 0.07, now, 0.9, 2.0 + place)
        for bound in (*bounds, math.inf):
            share = 1.0 if bound == math.inf else 1 / (1 + (middle * scale * 0.45 / bound) ** 4)
            slower = 1.0 if bound == math.inf else 1 / (1 + (middle * scale * 2.2 / bound) ** 6)
            labels = {METHOD: "GET", ROUTE: route, LE: bound_text(bound)}
            line = sample(f"{metric.name}_bucket", labels, round((total - slow) * share + slow * slower, 3))
            marked = scale == 1.0 and route == "/search" and bound == 0.5
            yield (
                f'{line} # {{trace_id="{TRACE_ID}"}} {0.3 + 0.12 * math.sin(now / 7):.3f} {now:.3f}' if marked else line
            )
        labels = {METHOD: "GET", ROUTE: route}
        yield sample(f"{metric.name}_sum", labels, total * middle * scale)
        yield sample(f"{metric.name}_count", labels, round(total, 3))


def redis(now: float) -> str:
    """What the exporter reads from the shop's Redis."""
    values: dict[Metric, float] = {
        REDIS_UP: 1,
        REDIS_PING: 0.0004 + 0.0001 * math.sin(now / 50),
        REDIS_CLIENTS: 38 + round(6 * math.sin(now / 200)),
        REDIS_MAX_CLIENTS: 100,
        REDIS_MEMORY_USED: 61e6 + 5e6 * math.sin(now / 700),
        REDIS_MEMORY_RSS: 74e6 + 5e6 * math.sin(now / 700),
        REDIS_MEMORY_MAX: 256e6,
        REDIS_HITS: counted(120, now),
        REDIS_MISSES: counted(14, now, 0.8),
    }
    return "\n".join([*(sample(metric.name, {}, value) for metric, value in values.items()), "# EOF\n"])


def postgres(now: float) -> str:
    """What the exporter reads from the shop's PostgreSQL."""
    here = {PG_DATABASE: "shop"}
    return "\n".join(
        [
            sample(PG_UP.name, {}, 1),
            sample(PG_PING.name, {}, 0.0011 + 0.0003 * math.sin(now / 70)),
            sample(PG_MAX_CONNECTIONS.name, {}, 100),
            sample(PG_BACKENDS.name, here, 22 + round(6 * math.sin(now / 240))),
            sample(PG_DATABASE_SIZE.name, here, 412e6 + (now % 1e5) * 150),
            sample(PG_BLOCKS_HIT.name, here, counted(5400, now)),
            sample(PG_BLOCKS_READ.name, here, counted(31, now, 0.7)),
            "# EOF\n",
        ]
    )


def recorded(service: Service, now: float) -> str:
    """What recording rules keep about the objectives."""
    lines: list[str] = []
    for place, objective in enumerate(service.objectives):
        labels = {SERVICE: service.name, slo.SLO: objective.name}
        bad = float(objective.budget) * (0.4 + 0.35 * place + 0.2 * math.sin(now / 300 + place))
        lines += [
            sample(slo.OBJECTIVE_RATIO.name, labels, float(objective.ratio)),
            sample(slo.PERIOD_ERROR_RATIO.name, labels, bad),
            sample(slo.BUDGET_REMAINING.name, labels, 1 - bad / float(objective.budget)),
            *(sample(slo.error_ratio(window).name, labels, bad * (1 + len(window) / 9)) for window in WINDOWS),
        ]
    return "\n".join([*lines, "# EOF\n"])
