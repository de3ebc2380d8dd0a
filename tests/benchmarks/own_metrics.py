"""What counting on a metric of one's own costs: prometheus-client's own way beside ours, in nanoseconds.

    python -m tests.benchmarks.own_metrics [--rounds 7] [--times 100000]

Both take turns; medians are printed. Ours keeps the label's bound and puts sampled spans to observations.
"""

import argparse
from collections.abc import Callable
from statistics import median
from time import perf_counter

import prometheus_client as client
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler
from rich.console import Console
from rich.table import Table

from watchbill import Counter, Histogram, Label, Observability

_PAYMENT = Label(name="payment", help="How it is paid.", values=("card", "invoice"))
_ORDERS = Counter(name="bench_orders_total", help="Orders.", labels=(_PAYMENT,))
_VALUE = Histogram(name="bench_value_euros", help="Value.", labels=(_PAYMENT,), buckets=(1, 10, 100))
_CONTEXTS: dict[str, Sampler | None] = {"no span": None, "a span not sampled": ALWAYS_OFF, "a sampled span": ALWAYS_ON}

Act = Callable[[], object]


def main() -> None:
    """Prints the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--times", type=int, default=100_000)
    given = options.parse_args()
    table = Table("operation", "within", "prometheus-client ns", "Watchbill ns", "ratio")
    for name, theirs, ours in _operations():
        for within, sampler in _CONTEXTS.items():
            their_time, our_time = _measured(theirs, ours, sampler, given.rounds, given.times)
            table.add_row(name, within, f"{their_time:.0f}", f"{our_time:.0f}", f"{our_time / their_time:.2f}")
    Console().print(table)


def _operations() -> list[tuple[str, Act, Act]]:
    registry = client.CollectorRegistry()
    orders = client.Counter(_ORDERS.name, _ORDERS.help, ["payment"], registry=registry)
    value = client.Histogram(_VALUE.name, _VALUE.help, ["payment"], registry=registry, buckets=_VALUE.buckets)
    observability = Observability("bench", tracing=None, logging=None)
    own_orders, own_value = observability.counter(_ORDERS), observability.histogram(_VALUE)
    return [
        (
            "labels and inc",
            lambda: orders.labels(payment="card").inc(),
            lambda: own_orders.labels(payment="card").inc(),
        ),
        ("inc", orders.labels("card").inc, own_orders.labels("card").inc),
        ("observe", _observing(value.labels("card").observe), _observing(own_value.labels("card").observe)),
    ]


def _observing(observe: Callable[[float], object]) -> Act:
    return lambda: observe(7)


def _measured(theirs: Act, ours: Act, sampler: Sampler | None, rounds: int, times: int) -> tuple[float, float]:
    """Medians of both, in nanoseconds for one."""
    if sampler is None:
        return _in_turns(theirs, ours, rounds, times)
    tracer = TracerProvider(sampler=sampler).get_tracer("bench")
    with trace.use_span(tracer.start_span("request")):
        return _in_turns(theirs, ours, rounds, times)


def _in_turns(theirs: Act, ours: Act, rounds: int, times: int) -> tuple[float, float]:
    taken: dict[Act, list[float]] = {theirs: [], ours: []}
    for _ in range(rounds):
        for act, found in taken.items():
            began = perf_counter()
            for _ in range(times):
                act()
            found.append((perf_counter() - began) / times * 1e9)
    return median(taken[theirs]), median(taken[ours])


if __name__ == "__main__":
    main()
