"""Each test starts with the process's own log configuration."""

from collections.abc import Iterator

import pytest

from watchbill.testing import restore_logging


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """Takes out what an instrumented application left in place."""
    restore_logging()
    yield
    restore_logging()
