"""`watchbill check` on rule files and dashboards."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from watchbill.errors import MissingExtra
from watchbill_stack.cli import watchbill
from watchbill_stack.foreign.source import Source, WrongSource
from watchbill_stack.foreign.web import web_client
from watchbill_stack.foreign.yaml_tree import yaml_documents

ROOT = Path(__file__).parents[3]
CORPUS = Path(__file__).parent / "corpus"
RULES = """\
groups:
  - name: quay
    rules:
      - alert: Late
        expr: sum by (job) (rate(parcel_total{crane="7"}[5m])) > 1
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(watchbill, ["check", *map(str, arguments)])


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    rules, scrape = tmp_path / "rules.yaml", tmp_path / "scrape.txt"
    rules.write_text(RULES)
    scrape.write_text('# TYPE parcels_total counter\nparcels_total{crane="7"} 1\n')
    return rules, scrape


def test_the_corpus_is_well() -> None:
    result = run("--rules", CORPUS, "--dashboards", CORPUS, "--catalogue", CORPUS / "vocabulary.txt", "--strict")

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("watchbill: no findings; checked 187 expressions of 9 files in ")
    assert result.stderr.rstrip().endswith("left out 2 for other data sources")


@pytest.mark.golden
def test_what_watchbill_renders_is_well_in_the_eyes_of_others() -> None:
    result = run(
        *("--rules", ROOT / "alerts" / "rendered"),
        *("--dashboards", ROOT / "dashboards" / "rendered"),
        *("--catalogue", ROOT / "compose" / "rendered" / "metrics.json"),
    )

    assert (result.exit_code, result.stdout) == (0, "")


def test_a_mistake_is_shown_with_file_line_place_and_remedy(files: tuple[Path, Path]) -> None:
    rules, scrape = files

    result = run("--rules", rules, "--catalogue", scrape)

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "error unknown-metric: nothing exposes parcel_total",
        '    sum by (job) (rate(parcel_total{crane="7"}[5m])) > 1',
        "                       ^^^^^^^^^^^^",
        "  nearest: parcels_total",
        f"  {rules}:5  alert Late",
        "",
    ]


def test_machines_read_the_same(files: tuple[Path, Path]) -> None:
    rules, scrape = files

    document = json.loads(run("--rules", rules, "--catalogue", scrape, "--json").stdout)

    (finding,) = document["findings"]
    assert (finding["rule"], finding["file"], finding["line"]) == ("unknown-metric", str(rules), 5)
    assert (document["files"], document["expressions"], document["well"]) == (1, 1, False)


def test_wrong_files_and_options_are_wrong_input(files: tuple[Path, Path], tmp_path: Path) -> None:
    rules, scrape = files
    broken = tmp_path / "broken.yaml"
    broken.write_text("groups: [\n")

    result = run("--rules", broken, "--rules", scrape)
    assert isinstance(result.exception, WrongSource)
    assert len(result.exception.problems) == 2
    for arguments in (
        ("--catalogue", scrape),
        ("--rules", rules, scrape),
        ("--rules", rules, "--scrape-interval", "soon"),
        (),
    ):
        assert run(*arguments).exit_code == 2


def test_a_missing_library_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.setitem(sys.modules, "httpx", None)

    with pytest.raises(MissingExtra, match=r"reading YAML needs pyyaml(.|\n)*watchbill\[stack\]"):
        yaml_documents(Source("a.yaml", "a: 1"))
    with pytest.raises(MissingExtra, match=r"reading an address needs httpx(.|\n)*watchbill\[stack\]"), web_client():
        pass
