"""The catalogue as a semantic convention registry."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from watchbill.catalogue import METRICS, Counter, Gauge, Histogram, Label, Unit
from watchbill.documents.registry import holds, rendered
from watchbill.documents.registry_reading import read

TIER = Label(name="tier", help="The tier.", values=("Gold", "silver", "silver!"))
OTHER_TIER = Label(name="tier", help="Of machines.", bound=5)
ORDERS = Counter(name="shop_orders_total", help="Orders.", labels=(TIER,))
MACHINES = Gauge(name="shop_machines", help="Machines.", labels=(OTHER_TIER,))


def _groups(text: str) -> Mapping[str, Mapping[str, Any]]:
    return {group["id"]: group for group in yaml.safe_load(text)["groups"]}


def test_the_catalogue_survives_the_way_through_a_registry(tmp_path: Path) -> None:
    file = tmp_path / "watchbill.yaml"
    file.write_text(rendered(METRICS.values()))

    found = read(file)

    assert list(found.metrics) == [metric for metric in METRICS.values() if holds(metric)]
    assert found.remarks == ()


def test_a_metric_is_a_group_with_all_that_the_format_asks_for() -> None:
    duration = Histogram(name="shop_wait_seconds", help="Wait.", unit=Unit.SECONDS, buckets=(0.5, 1.0), labels=(TIER,))

    groups = _groups(rendered([duration]))

    assert groups["metric.shop_wait"] == {
        "id": "metric.shop_wait",
        "type": "metric",
        "metric_name": "shop_wait",
        "brief": "Wait.",
        "instrument": "histogram",
        "unit": "s",
        "stability": "development",
        "attributes": [{"ref": "shop.tier", "requirement_level": "required"}],
        "annotations": {"watchbill": {"buckets": [0.5, 1.0]}},
    }


def test_labels_are_defined_once_and_told_apart_by_longer_names() -> None:
    groups = _groups(rendered([ORDERS, MACHINES]))

    attributes = {one["id"]: one for one in groups["registry.watchbill"]["attributes"]}
    assert list(attributes) == ["shop.tier", "shop.machines.tier"]
    members = attributes["shop.tier"]["type"]["members"]
    assert [(one["id"], one["value"]) for one in members] == [
        ("gold", "Gold"),
        ("silver", "silver"),
        ("silver_2", "silver!"),
    ]
    assert attributes["shop.machines.tier"]["type"] == "string"
    assert attributes["shop.machines.tier"]["examples"] == ["_other"]


def test_what_the_format_has_no_field_for_survives_as_an_annotation(tmp_path: Path) -> None:
    metrics = (
        Counter(name="commits", help="Commits.", community_name=True),
        Gauge(name="begun_timestamp_seconds", help="When.", unit=Unit.TIMESTAMP, latest=True, at_most=7),
        Gauge(name="oldest_seconds", help="Oldest.", unit=Unit.SECONDS, highest=True),
    )
    file = tmp_path / "own.yaml"
    file.write_text(rendered(metrics))

    assert read(file).metrics == metrics


def test_without_pyyaml_one_error_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['yaml'] = None\n"
        "from watchbill.documents.registry import rendered\n"
        "try: rendered([])\n"
        "except ImportError as error: print(type(error).__name__, error)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "MissingExtra a registry file needs pyyaml" in done.stdout
    assert "watchbill[stack]" in done.stdout
