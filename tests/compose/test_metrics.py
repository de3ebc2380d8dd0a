"""`watchbill metrics`, run as people run it."""

import json
import subprocess
import sys
from pathlib import Path

from watchbill.catalogue import METRICS
from watchbill.documents.decoding import decoded
from watchbill.documents.document import Document
from watchbill.documents.reference import rendered
from watchbill.documents.registry import holds

STACK = """\
from watchbill import Names, Service, Team
from watchbill.catalogue import Counter
from watchbill_stack import Stack, Webhook
pager = Webhook("https://pager.example.com")
orders = Counter(name="shop_orders_total", help="Orders placed.")
shop = Service("shop", team=Team("a", page=pager, ticket=pager), names=Names({"route": "endpoint"}), metrics=[orders])
stack = Stack(shop)
"""


def _metrics(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = (sys.executable, "-m", "watchbill_stack", "metrics", *arguments)
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_without_a_stack_the_catalogue_is_printed() -> None:
    done = _metrics()

    assert done.stdout == rendered(Document.of_catalogue())
    assert (done.returncode, done.stderr) == (0, "")


def test_a_stack_is_printed_under_its_services_names(tmp_path: Path) -> None:
    (tmp_path / "stack.py").write_text(STACK)

    page = _metrics(tmp_path / "stack.py").stdout
    document = decoded(_metrics(tmp_path / "stack.py", "--format", "json").stdout)

    assert "| `shop_orders_total` | counter |" in page
    assert "- `endpoint` (`route`): " in page
    assert [metric.name for metric in document.services[0].metrics] == ["shop_orders_total"]


def test_a_file_that_differs_is_told_from_a_current_one(tmp_path: Path) -> None:
    file = tmp_path / "metrics.json"
    absent = _metrics("--format", "json", "--check", file)
    _metrics("--format", "json", "-o", file)
    current = _metrics("--format", "json", "--check", file)
    file.write_text(file.read_text().replace("Requests answered", "Requests"))
    edited = _metrics("--format", "json", "--check", file)

    assert [done.returncode for done in (absent, current, edited)] == [1, 0, 1]
    assert edited.stderr == f"watchbill: {file} differs\n"


def test_a_registry_goes_out_and_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "watchbill.yaml"
    out = _metrics("--format", "weaver", "-o", file)
    back = json.loads(_metrics(file, "--format", "json").stdout)

    names = [metric["name"] for subject in back["subjects"] for metric in subject["metrics"]]
    assert names == [metric.name for metric in METRICS.values() if holds(metric)]
    assert "have no place in a registry" in out.stderr


def test_what_of_a_registry_is_not_kept_is_said_on_stderr(tmp_path: Path) -> None:
    file = tmp_path / "ferry.yaml"
    group = (
        "{id: m, type: metric, metric_name: ferry.trips, brief: T., instrument: counter, unit: ms, stability: stable}"
    )
    file.write_text(f"groups:\n  - {group}\n")

    done = _metrics(file)

    assert "| `ferry_trips_milliseconds_total` | counter |" in done.stdout
    assert f"{file}:2: metric 'ferry.trips': the unit 'ms' is no base unit of ours" in done.stderr


def test_wrong_input_is_one_clear_error(tmp_path: Path) -> None:
    for name, text in (("a.json", "{}"), ("a.yaml", "groups: ["), ("a.py", "1/0")):
        file = tmp_path / name
        file.write_text(text)

        done = _metrics(file)

        assert done.returncode == 2
        assert str(file) in done.stderr
        assert "Traceback" not in done.stderr
    assert _metrics("-o", tmp_path).returncode == 2
