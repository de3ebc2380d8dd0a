"""Where in a library's classes our layers go."""

from collections.abc import Iterator
from typing import Any

from watchbill.redis_client import command_layers as commands
from watchbill.redis_client import pool_layers as pools
from watchbill.redis_client.hook import Place
from watchbill.redis_client.library import Library


def places(library: Library) -> Iterator[Place]:
    """Each class, method and layer; what a version of the library does not have is left out."""
    for owner, name, layer in (*_commands(library), *_pools(library)):
        if name in vars(owner):
            yield owner, name, layer


def _commands(library: Library) -> Iterator[Place]:
    client, later, cluster, later_cluster = library.clients
    pipeline = library.module("client").Pipeline
    later_pipeline = library.module("asyncio.client").Pipeline
    for owner in (client, cluster):
        yield owner, "execute_command", commands.command
    for owner in (later, later_cluster):
        yield owner, "execute_command", commands.async_command
    for owner in library.clients:
        yield owner, "pipeline", commands.derived
        yield owner, "client", commands.derived
    yield pipeline, "immediate_execute_command", commands.command
    yield later_pipeline, "immediate_execute_command", commands.async_command
    for owner in (pipeline, later_pipeline):
        yield owner, "raise_first_error", commands.first_error
    for owner in (pipeline, library.module("cluster").ClusterPipeline):
        yield owner, "execute", commands.execution
    for owner in (later_pipeline, library.module("asyncio.cluster").ClusterPipeline):
        yield owner, "execute", commands.async_execution
    yield from _watched(library)


def _watched(library: Library) -> Iterator[Place]:
    """Commands that a cluster's pipeline sends at once because it watches keys."""
    for module, layer in (("cluster", commands.command), ("asyncio.cluster", commands.async_command)):
        strategy: Any = getattr(library.module(module), "TransactionStrategy", None)
        if strategy is not None:
            yield strategy, "_immediate_execute_command", layer


def _pools(library: Library) -> Iterator[Place]:
    here, later = library.module("connection"), library.module("asyncio.connection")
    for owner in (here.ConnectionPool, here.BlockingConnectionPool):
        yield owner, "get_connection", pools.taking
        yield owner, "release", pools.giving_back
        yield owner, "make_connection", pools.making
    for owner in (later.ConnectionPool, later.BlockingConnectionPool):
        yield owner, "get_connection", pools.async_taking
        yield owner, "release", pools.async_giving_back
        yield owner, "make_connection", pools.making
    for owner, layer in ((here.AbstractConnection, pools.opening), (later.AbstractConnection, pools.async_opening)):
        # In newer versions the one calls the other.
        newer = "on_connect_check_health"
        yield owner, newer if newer in vars(owner) else "on_connect", layer
    for name in ("create_redis_node", "create_valkey_node"):
        yield library.module("cluster").NodesManager, name, pools.node_making
