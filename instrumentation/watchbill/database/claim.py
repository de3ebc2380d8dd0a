"""Driver connections whose statements another integration counts: SQLAlchemy's over psycopg and asyncpg."""

from typing import Any
from weakref import ref

_CLAIMED: "dict[int, ref[Any]]" = {}


def claim(connection: Any) -> None:
    """The driver's own integration leaves it alone from now on."""
    key = id(connection)
    _CLAIMED[key] = ref(connection, lambda _: _CLAIMED.pop(key, None))


def disclaim(connection: Any) -> None:
    """Ends it."""
    _CLAIMED.pop(id(connection), None)


def is_claimed(connection: Any) -> bool:
    """Whether statements on it are counted elsewhere."""
    return id(connection) in _CLAIMED
