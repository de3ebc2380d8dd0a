"""What the exporter reads from a Redis server, under redis_exporter's names."""

from watchbill.catalogue.redis_server import (
    client_list,
    clients,
    cluster,
    commands,
    keys,
    keyspace,
    latency,
    memory,
    persistence,
    probe,
    replication,
    sentinel,
    server,
    settings,
    slowlog,
    streams,
    traffic,
)

MODULES = (
    probe,
    server,
    clients,
    client_list,
    memory,
    traffic,
    commands,
    latency,
    slowlog,
    keyspace,
    persistence,
    replication,
    cluster,
    sentinel,
    settings,
    keys,
    streams,
)
"""In the order of the documents."""
