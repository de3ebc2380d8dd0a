"""What the log says of a target that is not well."""

from tests.exporters.clockwork import Clockwork
from watchbill_exporters.collector import Collected, Reading
from watchbill_exporters.probe import Probe
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.trouble import trouble


def told(outcome: Reading | TargetDown) -> str | None:
    return trouble(Probe(Clockwork.vitals, outcome, 0.1), lambda right: f"grant {right}")


def test_nothing_is_said_of_a_target_that_is_well() -> None:
    assert told(Reading(ping_seconds=0.1, collected=(Collected(name="memory", seconds=0.1),))) is None


def test_a_fault_that_several_collectors_share_is_told_once_with_their_names() -> None:
    refused = [Collected(name=name, seconds=0.1, fault="NOPERM info") for name in ("memory", "clients")]
    slow = Collected(name="sizes", seconds=0.1, fault="it did not end in time")
    crowded = Collected(name="commands", seconds=0.1, dropped=3)

    line = told(Reading(ping_seconds=0.1, collected=(*refused, slow, crowded)))

    assert line == (
        "is up, but in part: memory, clients: NOPERM info; sizes: it did not end in time; "
        "commands: 3 series too many left out"
    )


def test_a_target_that_is_down_is_told_with_its_cause_and_remedy() -> None:
    line = told(TargetDown("refused", "nobody listens there", "start it"))

    assert line == "is down (refused): nobody listens there; remedy: start it"
