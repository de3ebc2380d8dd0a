"""Our layers around the methods that give, take back, make and open connections."""

from collections.abc import Coroutine
from functools import wraps
from time import perf_counter
from typing import Any

from watchbill.redis_client.command_layers import AsyncMethod, Method
from watchbill.redis_client.hook import Hook
from watchbill.redis_client.pool import HOME, OWNERS, PoolOwner, is_ready, owner_of_connection, owners_of, settle


def _met(pool: Any, hook: Hook) -> tuple[PoolOwner, ...]:
    """The owners of a pool that nobody counts yet."""
    owner = hook.pools_everywhere
    if owner is not None:
        owner.own(pool)
    return owners_of(pool)


def taking(original: Method, hook: Hook) -> Method:
    """A caller of a sync pool asks for a connection."""

    @wraps(original)
    def get_connection(self: Any, *args: Any, **options: Any) -> Any:
        owners = self.__dict__.get(OWNERS) or _met(self, hook)
        if not owners:
            return original(self, *args, **options)
        began = perf_counter()
        try:
            connection = original(self, *args, **options)
        except BaseException as error:
            owners[0].refused(error)
            raise
        owners[0].taken(perf_counter() - began)
        return connection

    return get_connection


def async_taking(original: AsyncMethod, hook: Hook) -> AsyncMethod:
    """A caller of an asyncio pool asks for a connection."""

    async def timed(pool: Any, owner: PoolOwner, args: Any, options: Any) -> Any:
        began = perf_counter()
        try:
            connection = await original(pool, *args, **options)
        except BaseException as error:
            owner.refused(error)
            raise
        owner.taken(perf_counter() - began)
        return connection

    # A coroutine of its own where there is something to wait for: every other one costs as much as all the counting.
    @wraps(original)
    def get_connection(self: Any, *args: Any, **options: Any) -> Coroutine[Any, Any, Any]:
        owners = self.__dict__.get(OWNERS) or _met(self, hook)
        if not owners:
            return original(self, *args, **options)
        owner = owners[0]
        if owner.is_shared or not is_ready(self):
            return timed(self, owner, args, options)
        owner.at_once += 1
        return original(self, *args, **options)

    return get_connection


def giving_back(original: Method, _hook: Hook) -> Method:
    """A sync pool has a connection again."""

    @wraps(original)
    def release(self: Any, *args: Any, **options: Any) -> Any:
        owners = self.__dict__.get(OWNERS)
        if not owners or not owners[0].is_shared:
            return original(self, *args, **options)
        try:
            return original(self, *args, **options)
        finally:
            owners[0].moved()

    return release


def async_giving_back(original: AsyncMethod, _hook: Hook) -> AsyncMethod:
    """An asyncio pool has a connection again."""

    async def told(pool: Any, owner: PoolOwner, args: Any, options: Any) -> Any:
        try:
            return await original(pool, *args, **options)
        finally:
            owner.moved()

    # No coroutine of its own where nothing is to be told: what the original returns is awaited as it is.
    @wraps(original)
    def release(self: Any, *args: Any, **options: Any) -> Coroutine[Any, Any, Any]:
        owners = self.__dict__.get(OWNERS)
        if not owners or not owners[0].is_shared:
            return original(self, *args, **options)
        return told(self, owners[0], args, options)

    return release


def making(original: Method, hook: Hook) -> Method:
    """A pool makes a connection, which knows it from then on."""

    @wraps(original)
    def make_connection(self: Any, *args: Any, **options: Any) -> Any:
        connection = original(self, *args, **options)
        if owners_of(self) or _met(self, hook):
            settle(connection, self)
        return connection

    return make_connection


def opening(original: Method, hook: Hook) -> Method:
    """A sync connection greets the server."""

    @wraps(original)
    def on_connect(self: Any, *args: Any, **options: Any) -> Any:
        result = original(self, *args, **options)
        _opened(self, hook)
        return result

    return on_connect


def async_opening(original: AsyncMethod, hook: Hook) -> AsyncMethod:
    """An asyncio connection greets the server."""

    @wraps(original)
    async def on_connect(self: Any, *args: Any, **options: Any) -> Any:
        result = await original(self, *args, **options)
        _opened(self, hook)
        return result

    return on_connect


def node_making(original: Method, _hook: Hook) -> Method:
    """A cluster's client has met a node: its pool has the cluster's owners."""

    @wraps(original)
    def create_node(self: Any, *args: Any, **options: Any) -> Any:
        node = original(self, *args, **options)
        for owner in owners_of(self):
            owner.own(node.connection_pool)
        return node

    return create_node


def _opened(connection: Any, hook: Hook) -> None:
    owner = owner_of_connection(connection)
    if owner is None and HOME not in connection.__dict__:
        owner = hook.pools_everywhere
    if owner is not None:
        owner.opened()
