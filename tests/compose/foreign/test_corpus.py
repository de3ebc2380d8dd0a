"""Rule files and dashboards in the shapes of the well-known public sets: nothing false, and everything planted."""

import shutil
from pathlib import Path

import pytest

from tests.compose.foreign.planted import PLANTED, Planted
from watchbill_stack.check.finding import Finding
from watchbill_stack.check.report import Report
from watchbill_stack.foreign.checking import Inquiry, check

CORPUS = Path(__file__).parent / "corpus"
RULES = sorted(file.name for file in CORPUS.glob("*.rules.yaml"))
FEWEST_EXPRESSIONS = 180


def checked(folder: Path, *, is_catalogued: bool = True) -> Report:
    return check(
        Inquiry(
            rules=tuple(sorted(folder.glob("*.rules.yaml"))),
            dashboards=tuple(sorted(folder.glob("*.json"))),
            catalogues=(str(CORPUS / "vocabulary.txt"),) if is_catalogued else (),
        )
    )


def told(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{one.site.place}: {one.rule.id}: {one.message}: {one.site.text[one.start : one.end]}" for one in findings]


@pytest.mark.parametrize("is_catalogued", [True, False])
def test_a_correct_file_has_no_finding(*, is_catalogued: bool) -> None:
    report = checked(CORPUS, is_catalogued=is_catalogued)

    assert told(report.findings) == []
    assert len(report.inferences) >= FEWEST_EXPRESSIONS
    assert all(inference.flow is not None for inference in report.inferences.values())


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_a_planted_mistake_is_found_where_it_stands(planted: Planted, tmp_path: Path) -> None:
    # Dashboards read what the rules record; the rule files each stand alone.
    for name in {planted.file} if planted.file.endswith(".yaml") else {planted.file, *RULES}:
        shutil.copy(CORPUS / name, tmp_path)
    file = tmp_path / planted.file
    before = file.read_text()
    assert planted.old in before
    file.write_text(before.replace(planted.old, planted.new, 1))

    findings = checked(tmp_path).findings

    assert {one.site.place.file for one in findings} == {str(file)}, told(findings)
    assert len({one.site.place.line for one in findings}) == 1, told(findings)
    meant = [one for one in findings if one.rule.id == planted.rule]
    assert any(planted.marked in {"", one.site.text[one.start : one.end]} for one in meant), told(findings)
    assert any(planted.nearest in {"", one.nearest} for one in meant), told(findings)
