"""`watchbill bench` runs the benchmarks of a checkout, and says what it lacks."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from watchbill_stack.cli import watchbill
from watchbill_stack.cli.bench import BENCHMARKS


@pytest.mark.parametrize("subject", BENCHMARKS)
def test_every_benchmark_stands_in_the_checkout(subject: str) -> None:
    assert (Path(__file__).parents[1] / "benchmarks" / f"{BENCHMARKS[subject].module}.py").is_file()


def test_options_reach_the_benchmark(capfd: pytest.CaptureFixture[str]) -> None:
    done = CliRunner().invoke(watchbill, ["bench", "hostile", "--requests", "20", "--only", "bare"])
    assert done.exit_code == 0
    assert "20 made-up requests" in capfd.readouterr().out


def test_a_peer_that_is_missing_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    done = CliRunner().invoke(watchbill, ["bench", "server"])
    assert done.exit_code == 2
    assert "not installed: wrk; compose/install tests brings them" in done.output


def test_outside_a_checkout_it_says_where_benchmarks_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("watchbill_stack.__file__", str(tmp_path / "watchbill_stack" / "__init__.py"))
    done = CliRunner().invoke(watchbill, ["bench", "http"])
    assert done.exit_code == 2
    assert "run this in one" in " ".join(done.output.split())
