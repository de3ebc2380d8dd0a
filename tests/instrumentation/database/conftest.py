"""A library in a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.plugins.library import filled


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Engine]:
    """A hundred shelves with three books each."""
    made = filled(f"sqlite:///{tmp_path}/library.db")
    yield made
    made.dispose()
