"""What commands do with keys, as far as a cache is made of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

GET, SET, DELETE, INCREMENT = "get", "set", "delete", "increment"
"""Operations, as the cache metrics call them."""

Shape = Literal["one", "many", "fields", "hash"]


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A command's operation on a cache, and where its keys are.

    Of a read, `one` has one value, `many` one for each key, `fields` one for each field of one key, and `hash` a whole
    hash, which is empty where there is none.
    """

    operation: str
    shape: Shape
    keys: Callable[[tuple[Any, ...]], tuple[Any, ...]]


def _first(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return args[1:2]


def _all(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return args[1:]


def _every_second(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return args[1::2]


def _uses(operation: str, shape: Shape, keys: Callable[..., tuple[Any, ...]], commands: str) -> Mapping[str, KeyUse]:
    return dict.fromkeys(commands.split(), KeyUse(operation, shape, keys))


KEY_USES: Mapping[str, KeyUse] = {
    **_uses(GET, "one", _first, "GET GETEX GETDEL HGET"),
    **_uses(GET, "many", _all, "MGET"),
    **_uses(GET, "fields", _first, "HMGET"),
    **_uses(GET, "hash", _first, "HGETALL"),
    **_uses(SET, "one", _first, "SET SETEX PSETEX SETNX GETSET HSET HMSET HSETNX"),
    **_uses(SET, "many", _every_second, "MSET MSETNX"),
    **_uses(DELETE, "many", _all, "DEL UNLINK"),
    **_uses(DELETE, "one", _first, "HDEL"),
    **_uses(INCREMENT, "one", _first, "INCR INCRBY INCRBYFLOAT DECR DECRBY HINCRBY HINCRBYFLOAT"),
}
"""By a command's name."""
