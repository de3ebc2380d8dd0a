"""What the frameworks at hand can do: the version matrix runs the suite on older ones."""

from importlib.metadata import PackageNotFoundError, version

import pytest


def numbers(distribution: str) -> tuple[int, ...]:
    """The first two numbers of its version; (0, 0) where it is not installed."""
    try:
        return tuple(int(part) for part in version(distribution).split(".")[:2])
    except PackageNotFoundError:
        return (0, 0)


STARLETTE_NOTES_ROUTES = numbers("starlette") >= (1, 0)
"""Whether Starlette itself leaves the matched route in the scope."""
STARLETTE_SENDS_BY_PATH = numbers("starlette") >= (1, 0)
"""Whether Starlette uses the pathsend extension; 0.40 does not, and what it sends counts all the same."""

needs_mounts_in_routers = pytest.mark.skipif(
    numbers("fastapi") < (0, 137), reason="this FastAPI drops mounts of an included router"
)
needs_frontend = pytest.mark.skipif(numbers("fastapi") < (0, 142), reason="this FastAPI has no frontend()")
needs_own_telemetry = pytest.mark.skipif(numbers("fastapi") < (0, 142), reason="this FastAPI makes no spans of its own")


def alone(error: BaseException) -> BaseException:
    """The error itself where an older Starlette has put it, alone, into a group."""
    inside: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    return alone(inside[0]) if len(inside) == 1 else error
