"""Settings of a kind's own, read from a file and from variables alike."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from watchbill.problem import Problem
from watchbill_exporters.configuration.environment import read_environment
from watchbill_exporters.configuration.place import Variable
from watchbill_exporters.configuration.section import Section
from watchbill_exporters.configuration.yaml_file import read_section


def _of_file(folder: Path, text: str) -> Section:
    (folder / "file.yaml").write_text(text, encoding="utf-8")
    section = read_section(folder / "file.yaml", [], title="the file")
    assert section is not None
    return section


def _of_variables(options: Mapping[str, str]) -> Section:
    problems: list[Problem] = []
    environ = {f"WATCHBILL_EXPORTER_CACHE_{key.upper()}": value for key, value in options.items()}
    found = read_environment(environ, ("cache",), problems)
    assert problems == []
    return Section(found.options["cache"], Variable("WATCHBILL_EXPORTER_TARGETS"), "target 'cache'", problems)


@pytest.fixture(params=["file", "variables"])
def section(request: pytest.FixtureRequest, tmp_path: Path) -> Section:
    """The same settings from either source."""
    if request.param == "variables":
        return _of_variables(
            {
                "words": "one, two words",
                "numbers": "0,3,6",
                "flag": "yes",
                "count": "12",
                "inner": "{a: 1, b: [x]}",
                "list": "[{a: 1}, {a: 2}]",
                "digits": "007",
            }
        )
    return _of_file(
        tmp_path,
        """
words: [one, two words]
numbers: [0, 3, 6]
flag: yes
count: 12
inner: {a: 1, b: [x]}
list: [{a: 1}, {a: 2}]
digits: "007"
""",
    )


def test_both_sources_say_the_same(section: Section) -> None:
    assert section.texts("words") == ["one", "two words"]
    assert section.wholes("numbers", least=0, most=9) == [0, 3, 6]
    assert section.flag("flag")
    assert section.whole("count", least=1, most=20) == 12
    assert section.text("digits") == "007"
    inner = section.optional("inner")
    assert inner is not None
    assert (inner.number("a"), inner.texts("b")) == (1.0, ["x"])
    assert [one.number("a") for one in section.sections("list", "entry")] == [1.0, 2.0]
    assert section.problems == []


def test_what_is_not_given_is_nothing(section: Section) -> None:
    assert section.text("none") is None
    assert section.number("none") is None
    assert section.flag("none", default=True)
    assert section.texts("none") == []
    assert section.wholes("none", least=0, most=1) == []
    assert section.optional("none") is None
    assert section.sections("none", "entry") == []
    assert section.problems == []


def test_each_mistake_has_its_place_and_no_value(tmp_path: Path) -> None:
    of_file = _of_file(
        tmp_path, "words:\n- one\n- {hunter2: 1}\nnumbers: [1, 99]\ninner: hunter2\ncount: 1.5\nlist: 5\n"
    )
    of_file.texts("words")
    of_file.wholes("numbers", least=0, most=9)
    of_file.optional("inner")
    of_file.whole("count", least=1, most=9)
    of_file.sections("list", "entry")
    assert [problem.place.line for problem in of_file.problems] == [3, 4, 5, 6, 7]
    of_variables = _of_variables({"numbers": "1,hunter2", "inner": "hunter2", "flag": "hunter2", "list": "[hunter2"})
    of_variables.wholes("numbers", least=0, most=9)
    of_variables.optional("inner")
    of_variables.flag("flag")
    of_variables.sections("list", "entry")
    places = [str(problem.place) for problem in of_variables.problems]
    assert places == [f"WATCHBILL_EXPORTER_CACHE_{key}" for key in ("NUMBERS", "INNER", "FLAG", "LIST")]
    assert "hunter2" not in "".join(map(str, (*of_file.problems, *of_variables.problems)))


def test_a_list_is_bounded(tmp_path: Path) -> None:
    section = _of_file(tmp_path, f"words: {list('abcdef')}")
    assert section.texts("words", most=3) == ["a", "b", "c"]
    assert "more than 3 entries" in str(section.problems[0])


def test_a_path_is_looked_for_from_the_folder_of_its_file(tmp_path: Path) -> None:
    section = _of_file(tmp_path, "a: secrets/a\nb: /run/b\nc: [x.yml]\n")
    assert section.path("a") == str(tmp_path / "secrets" / "a")
    assert section.path("b") == "/run/b"
    assert section.paths("c") == [str(tmp_path / "x.yml")]
    assert _of_variables({"a": "secrets/a"}).path("a") == str(Path.cwd() / "secrets" / "a")
