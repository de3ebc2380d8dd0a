"""Collectors: each reads one subject of a target, and fails alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import inf
from typing import NamedTuple

from watchbill.catalogue import Histogram, Metric
from watchbill.catalogue.buckets import bound_text

_LONGEST_VALUE = 256

Key = tuple[str, ...]
Row = tuple[Key, float]


class Measured(NamedTuple):
    """What was read of one metric: label values, in the order of its labels, and as many numbers.

    Metrics of one table share one `keys` list: its labels are then written out once for all of them. With the suffix
    EACH a key begins with its own series' suffix: so a histogram is one of these.
    """

    metric: Metric
    keys: Sequence[Key]
    values: Sequence[float]
    suffix: str = ""


EACH = "*"
_NO_LABELS: Sequence[Key] = ((),)


def single(metric: Metric, value: float) -> Measured:
    """A metric without labels."""
    return Measured(metric, _NO_LABELS, (value,))


def series(metric: Metric, pairs: Iterable[Row]) -> Measured:
    """A metric from pairs of label values and a number."""
    found = list(pairs)
    return Measured(metric, [key for key, _ in found], [value for _, value in found])


def column(metric: Metric, keys: Sequence[Key], values: Sequence[float | None]) -> Measured:
    """One column of a table; what the server does not know is left out."""
    known = [value for value in values if value is not None]
    if len(known) == len(keys):
        return Measured(metric, keys, known)
    return Measured(metric, [key for key, value in zip(keys, values, strict=True) if value is not None], known)


class Distribution(NamedTuple):
    """A histogram's state under some label values: observations up to each bound, without +Inf, and in all."""

    key: Key
    buckets: Mapping[float, float]
    total: float
    observations: float


def distributions(metric: Histogram, found: Sequence[Distribution]) -> Iterable[Measured]:
    """A histogram's series, those of one state together as OpenMetrics wants them; a bucket's key ends in its bound."""
    keys: list[Key] = []
    values: list[float] = []
    for key, buckets, total, count in found:
        keys.extend(_keys_of(key, tuple(buckets)))
        values.extend(buckets.values())
        values.extend((count, total, count))
    yield Measured(metric, keys, values, EACH)


@lru_cache(maxsize=4096)
def _keys_of(key: Key, buckets: tuple[float, ...]) -> tuple[Key, ...]:
    bounds = (("_bucket", *key, bound_text(bound)) for bound in (*buckets, inf))
    return (*bounds, ("_sum", *key), ("_count", *key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """One collector's outcome: what it measured, or the fault that left it out.

    A kept outcome has its `age` in seconds, and the fault of a later reading that failed. One that is `awaited` has
    not been read yet.
    """

    name: str
    seconds: float
    measured: Sequence[Measured] = ()
    fault: str | None = None
    dropped: int = 0
    age: float = 0.0
    awaited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a probe of a target that is up has read. `intact` says whether its connection may be kept."""

    ping_seconds: float
    collected: Sequence[Collected]
    intact: bool = True


class Partial(Exception):  # no error of the collector's: it says what is left out
    """What a collector measured before it raises this is sound; the message says what is missing, and why."""


def collected(name: str, seconds: Callable[[], float], measure: Callable[[], Iterable[Measured]]) -> Collected:
    """Runs a collector's interpretation: whatever it raises is its own fault and touches no other collector."""
    found: list[Measured] = []
    fault: str | None = None
    try:
        try:
            found.extend(one for one in measure() if one.values)
        except Partial as missing:
            fault = str(missing)
        bounded = _bounded(found)
    except Exception as error:  # noqa: BLE001  # a target may send anything; the other collectors go on
        return Collected(name=name, seconds=seconds(), fault=f"{type(error).__name__}: {error}")
    dropped = sum(len(one.values) for one in found) - sum(len(one.values) for one in bounded)
    return Collected(name=name, seconds=seconds(), measured=bounded, fault=fault, dropped=dropped)


def _bounded(found: Sequence[Measured]) -> list[Measured]:
    """Each with at most as many series as the catalogue allows, each once, and no value longer than a label may be."""
    sound: dict[int, bool] = {}
    return [one if _is_sound(one, sound) else _cut(one) for one in found]


def _is_sound(one: Measured, known: dict[int, bool]) -> bool:
    """Whether nothing needs to be cut; keys that several metrics share are looked at once."""
    keys = one.keys
    if keys is _NO_LABELS:
        return True
    if len(keys) != len(one.values):
        raise ValueError(f"{one.metric.name} has {len(keys)} keys and {len(one.values)} values")
    if len(keys) > _limit(one):
        return False
    found = known.get(id(keys))
    if found is None:
        longest = max(map(len, chain.from_iterable(keys)), default=0)
        found = longest <= _LONGEST_VALUE and len(set(keys)) == len(keys)
        known[id(keys)] = found
    return found


def _limit(one: Measured) -> int:
    """Series of one metric; a histogram has one for each bound, for all above, for the sum and for the number."""
    limit = one.metric.series_limit
    return limit * (len(one.metric.buckets) + 3) if isinstance(one.metric, Histogram) else limit


def _cut(one: Measured) -> Measured:
    unique: dict[Key, float] = {}
    for key, value in zip(one.keys, one.values, strict=True):
        unique.setdefault(tuple(text[:_LONGEST_VALUE] for text in key), value)
    limit = _limit(one)
    return Measured(one.metric, list(unique)[:limit], list(unique.values())[:limit], one.suffix)
