"""A metric is renamed: what refers to its value follows, and the build names everything that spelled the old name."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

_BEFORE = """\
from watchbill import Counter, Label, Service, Team, above, alert, chart
from watchbill.expression import select, total
from watchbill_stack import Slack, Stack, Webhook

PAYMENT = Label(name="payment", help="How it was paid.", values=("card", "invoice"))
ORDERS = Counter(name="shop_orders_total", help="Orders placed.", labels=(PAYMENT,))
team = Team("storefront", page=Webhook("https://pager.example.com"), ticket=Slack("#shop", url_file="/run/secrets/s"))
drawn = chart("Orders per second", total(select(ORDERS).rate("5m"), PAYMENT), by=PAYMENT, help="Orders placed.")
share = chart(
    "Card share",
    'sum(rate(shop_orders_total{payment="card"}[5m])) / sum(rate(shop_orders_total[5m]))',
    help="How many pay by card.",
)
shop = Service(
    "shop",
    team=team,
    targets=["shop:8000"],
    metrics=[ORDERS],
    charts=[drawn, share],
    alerts=[
        above(total(select(ORDERS).rate("5m")), 100, name="ManyOrders"),
        alert(
            'sum(rate(shop_orders_total{service="shop"}[10m])) == 0',
            name="NoOrders",
            summary="Nobody orders.",
            suppressed={"alert-without-test": "it is tried by hand"},
        ),
    ],
)
stack = Stack(shop, dashboards="https://grafana.example.com", runbooks="https://runbooks.example.com")
"""
_LINES = _BEFORE.splitlines()
_SHARE, _NO_ORDERS = _LINES.index("share = chart(") + 1, _LINES.index("        alert(") + 1


def _written(folder: Path, text: str) -> Path:
    file = folder / "stack.py"
    file.write_text(text, encoding="utf-8")
    return file


def _run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "watchbill_stack", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def renamed(tmp_path: Path) -> Path:
    """The stack file with another name in the metric's declaration, and nothing else changed."""
    return _written(tmp_path, _BEFORE.replace('name="shop_orders_total"', 'name="shop_placed_total"'))


def test_before_the_renaming_all_is_well(tmp_path: Path) -> None:
    done = _run("check", _written(tmp_path, _BEFORE), "--strict")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == ""


def test_the_build_fails_and_names_each_consumer_with_file_and_line(renamed: Path) -> None:
    done = _run("build", renamed, "-o", renamed.parent / "out")

    assert done.returncode == 1
    assert not (renamed.parent / "out").exists()
    assert "unknown-metric" in done.stderr
    assert "nearest: shop_placed_total" in done.stderr
    for line in (_SHARE, _NO_ORDERS):
        assert f"{renamed}:{line} " in done.stderr
    assert "nothing is written" in done.stderr


def test_every_finding_of_the_renaming_is_about_the_old_name_and_none_about_what_followed(renamed: Path) -> None:
    done = _run("check", renamed, "--json")
    findings = json.loads(done.stdout)["findings"]

    assert done.returncode == 1
    assert {one["rule"] for one in findings if one["severity"] == "error"} == {"unknown-metric"}
    assert {one["declared"]["line"] for one in findings} == {_SHARE, _NO_ORDERS}
    marked = {one["expression"][one["start"] : one["end"]] for one in findings if one["severity"] == "error"}
    assert marked == {"shop_orders_total"}


def test_one_renaming_reads_as_one_block(renamed: Path) -> None:
    done = _run("check", renamed)

    blocks = [block for block in done.stdout.split("\n\n") if "unknown-metric" in block]
    assert len(blocks) == 1
    assert blocks[0].count("^^^^") > 0


def test_uses_of_the_old_name_lists_what_is_left_of_it_with_the_new_name(renamed: Path) -> None:
    done = _run("uses", renamed, "shop_orders_total")

    assert done.returncode == 1
    assert "nearest: shop_placed_total" in done.stderr
    for line in (_SHARE, _NO_ORDERS):
        assert f"{renamed}:{line} " in done.stdout
    assert "ManyOrders" not in done.stdout


def test_a_renamed_label_value_names_its_consumers_too(tmp_path: Path) -> None:
    file = _written(tmp_path, _BEFORE.replace('values=("card", "invoice")', 'values=("credit-card", "invoice")'))

    findings = json.loads(_run("check", file, "--json").stdout)["findings"]

    assert [(one["rule"], one["declared"]["line"]) for one in findings] == [("impossible-value", _SHARE)]
    assert findings[0]["nearest"] == "credit-card"


def test_a_renamed_label_names_its_consumers_too(tmp_path: Path) -> None:
    file = _written(tmp_path, _BEFORE.replace('Label(name="payment"', 'Label(name="method"'))

    findings = json.loads(_run("check", file, "--json").stdout)["findings"]

    assert {(one["rule"], one["declared"]["line"]) for one in findings} == {("unknown-label", _SHARE)}
