"""The exporter: reads servers, queues and edges for Prometheus.

`watchbill_exporters.serving.run` is the process, `watchbill_exporters.checking.check` asks every target once.
"""

from watchbill_exporters.configuration import (
    Configuration,
    InvalidConfiguration,
    load_configuration,
    render_configuration,
)
from watchbill_exporters.postgres_server.settings import PostgresSettings
from watchbill_exporters.redis_server.settings import RedisSettings

__all__ = [
    "Configuration",
    "InvalidConfiguration",
    "PostgresSettings",
    "RedisSettings",
    "load_configuration",
    "render_configuration",
]
