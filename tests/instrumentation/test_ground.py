"""What every integration stands on."""

import gc
import weakref
from collections.abc import Callable

from tests.plugins.application import exposed, quiet
from watchbill import Observability, Switches
from watchbill.catalogue.outbound import CLIENT_IN_PROGRESS
from watchbill.catalogue.watching import COMPONENT, INTERNAL_ERRORS
from watchbill.fault import Faults
from watchbill.ground import Ground, Readings


def ground_of(observability: Observability) -> Ground:
    """What its integrations get."""
    found = vars(observability)["_ground"]
    assert isinstance(found, Ground)
    return found


class Pool:
    """Something that knows its own size."""

    def __init__(self, told: list[str]) -> None:
        self.told = told

    def read(self) -> None:
        """Tells."""
        self.told.append("read")


def test_a_gauge_that_is_set_when_it_is_read_is_on_the_page_that_reads_it() -> None:
    observability = quiet()
    ground = ground_of(observability)
    assert ground.emission is not None
    gauge = ground.emission.gauge(CLIENT_IN_PROGRESS).labels("shop")
    numbers = iter([3.0, 5.0])
    ground.readings.add("pool", lambda: gauge.set(next(numbers)))

    assert exposed(observability).value(CLIENT_IN_PROGRESS) == 3
    assert exposed(observability).value(CLIENT_IN_PROGRESS) == 5
    ground.readings.remove("pool")
    assert exposed(observability).value(CLIENT_IN_PROGRESS) == 5


def test_a_reading_that_fails_is_counted_and_leaves_the_others() -> None:
    observability, told = quiet(), list[str]()
    readings = ground_of(observability).readings
    readings.add("bad", lambda: next(iter(())))
    readings.add("good", Pool(told).read)

    exposed(observability)
    assert told == ["read"]
    assert exposed(observability).value(INTERNAL_ERRORS, {COMPONENT: "readings"}) >= 1


def test_what_reads_itself_is_not_kept_alive_and_what_another_reads_is() -> None:
    told: list[str] = []
    readings = Readings(Faults(told.append))
    own, other, key = Pool(told), Pool(told), Pool(told)
    readings.add(own, own.read)
    readings.add(key, other.read)
    gone = [weakref.ref(one) for one in (own, other, key)]
    del own, other, key
    gc.collect()
    list(readings.collect())

    assert [one() is None for one in gone] == [True, False, False]
    assert told == ["read"]


def test_a_reading_is_ended_by_its_key_alone() -> None:
    told: list[str] = []
    readings = Readings(Faults(told.append))
    first, second = Pool(told), Pool(told)
    removals: list[Callable[[], None]] = [lambda: readings.remove(first), lambda: readings.remove(object())]
    readings.add(first, first.read)
    readings.add(second, second.read)
    for remove in removals:
        remove()
    list(readings.collect())

    assert told == ["read"]


def test_what_is_switched_off_is_not_there() -> None:
    dark = ground_of(quiet(switches=Switches(monitoring=False)))
    plain = ground_of(quiet())
    full = ground_of(Observability("shop", logging=None))

    assert (dark.emission, dark.calls, dark.deliveries) == (None, None, None)
    assert (plain.calls, plain.deliveries) == (None, None)
    assert plain.emission is not None
    assert None not in (full.emission, full.calls, full.deliveries)
    assert {dark.service, plain.service, full.service} == {"shop"}
