"""Ready-made checks of disk and memory."""

from pathlib import Path
from typing import Any

import pytest

from watchbill import InvalidDeclaration
from watchbill.health import disk, memory


def test_a_disk_passes_under_its_limit_and_fails_over_it(tmp_path: Path) -> None:
    assert disk(tmp_path, max_used=1)().ok
    full = disk(tmp_path, max_used=1e-9)()
    assert not full.ok
    assert "is used, over 0%" in full.reason
    assert 0 < full.details["used_ratio"] <= 1
    assert full.details["free_bytes"] > 0


def test_a_disk_that_is_not_there_raises() -> None:
    with pytest.raises(OSError, match="absent"):
        disk("/absent/disk")()


def test_memory_is_judged_by_the_containers_limit_or_the_machines() -> None:
    found = memory(max_used=1)()
    assert found.ok
    assert found.details["of"] in {"container", "machine"}
    assert 0 < found.details["used_ratio"] < 1
    assert found.details["limit_bytes"] > 1_000_000
    assert not memory(max_used=1e-9)().ok


@pytest.mark.parametrize("share", [0, 1.2, 80, "all", None])
@pytest.mark.parametrize("check", [disk, memory])
def test_a_limit_is_a_share(check: Any, share: Any) -> None:
    with pytest.raises(InvalidDeclaration, match="no share"):
        check(max_used=share)
