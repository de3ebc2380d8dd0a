"""Fixtures for every room's tests, and made-up examples that are the same in each run."""

from contextlib import suppress

pytest_plugins = ("tests.plugins.servers",)

# The version matrix also runs where hypothesis is not installed.
with suppress(ImportError):
    from hypothesis import settings

    settings.register_profile("suite", deadline=None, derandomize=True, database=None)
    settings.load_profile("suite")
