"""Which names of the peers the catalogue has."""

import pytest

from tests.exporters.compatibility.left_out import LEFT_OUT, reason_for
from tests.exporters.compatibility.peers import PEERS, Family, families
from watchbill.catalogue import METRICS, Metric


def exposed(peer: str) -> list[tuple[Family, Metric]]:
    """A peer's metrics beside those of the catalogue that have the same name."""
    return [(family, METRICS[name]) for name, family in families(peer).items() if name in METRICS]


@pytest.mark.parametrize("peer", PEERS)
def test_every_metric_of_a_peer_is_exposed_or_left_out_for_a_reason(peer: str) -> None:
    missing = [name for name in families(peer) if name not in METRICS and reason_for(name) is None]
    assert missing == []


@pytest.mark.parametrize("peer", PEERS)
def test_a_metric_has_every_label_that_the_peer_gives_it(peer: str) -> None:
    lacking = {
        family.name: sorted(lack)
        for family, metric in exposed(peer)
        if (lack := family.labels - {label.name for label in metric.labels})
    }
    assert lacking == {}


@pytest.mark.parametrize("peer", PEERS)
def test_a_metric_is_of_the_peers_type(peer: str) -> None:
    assert [f.name for f, metric in exposed(peer) if not f.is_of_the_type_of(metric)] == []


def test_every_reason_to_leave_out_is_still_needed() -> None:
    names = [name for peer in PEERS for name in families(peer) if name not in METRICS]
    assert [one.names for one in LEFT_OUT if not any(one.covers(name) for name in names)] == []
