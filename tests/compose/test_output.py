"""Writing touches only what differs, removes only what an earlier build wrote, and finds drift."""

from pathlib import Path, PurePosixPath

from watchbill_stack.output import LISTING, drift, write

_A = PurePosixPath("alerts/rendered/rules/a.yaml")
_B = PurePosixPath("alerts/rendered/rules/b.yaml")


def test_a_written_folder_has_no_drift(tmp_path: Path) -> None:
    write({_A: "a\n"}, tmp_path)

    assert not drift({_A: "a\n"}, tmp_path)
    assert (tmp_path / _A).read_text() == "a\n"


def test_an_unchanged_file_is_not_touched(tmp_path: Path) -> None:
    write({_A: "a\n", _B: "b\n"}, tmp_path)
    before = (tmp_path / _A).stat().st_mtime_ns

    difference = write({_A: "a\n", _B: "changed\n"}, tmp_path)

    assert difference.changed == (_B,)
    assert (tmp_path / _A).stat().st_mtime_ns == before


def test_a_file_the_stack_no_longer_asks_for_is_removed(tmp_path: Path) -> None:
    write({_A: "a\n", _B: "b\n"}, tmp_path)

    difference = write({_A: "a\n"}, tmp_path)

    assert difference.stale == (_B,)
    assert not (tmp_path / _B).exists()


def test_a_file_someone_else_put_there_stays(tmp_path: Path) -> None:
    write({_A: "a\n", _B: "b\n"}, tmp_path)
    foreign = tmp_path / _A.parent / "mine.yaml"
    foreign.write_text("mine\n")

    write({_A: "a\n"}, tmp_path)

    assert foreign.read_text() == "mine\n"


def test_a_listing_that_points_outside_removes_nothing(tmp_path: Path) -> None:
    outside = tmp_path / "precious"
    outside.write_text("precious\n")
    write({_A: "a\n"}, tmp_path)
    (tmp_path / "alerts/rendered" / LISTING).write_text(f"- ../../precious\n- {outside}\n")

    write({_A: "a\n"}, tmp_path)

    assert outside.exists()


def test_drift_tells_missing_changed_and_stale_apart(tmp_path: Path) -> None:
    write({_A: "a\n", _B: "b\n"}, tmp_path)
    (tmp_path / _A).write_text("edited\n")

    found = drift({_A: "a\n", PurePosixPath("alerts/rendered/rules/c.yaml"): "c\n"}, tmp_path)

    assert [line.split()[0] for line in found.lines()] == ["missing", "changed", "changed", "stale"]


def test_a_file_that_is_no_text_is_written_anew(tmp_path: Path) -> None:
    for name in (_A.name, f"../{LISTING}"):
        path = tmp_path / _A.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff\xfe")

    write({_A: "a\n"}, tmp_path)

    assert not drift({_A: "a\n"}, tmp_path)
