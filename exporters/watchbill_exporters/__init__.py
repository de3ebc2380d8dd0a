"""The exporter: reads Redis and PostgreSQL servers for Prometheus.

`watchbill_exporters.serving.run` is the process, `watchbill_exporters.checking.check` asks every target once.
"""

from watchbill_exporters.configuration import (
    Configuration,
    InvalidConfiguration,
    PostgresSettings,
    RedisSettings,
    load_configuration,
    render_configuration,
)

__all__ = [
    "Configuration",
    "InvalidConfiguration",
    "PostgresSettings",
    "RedisSettings",
    "load_configuration",
    "render_configuration",
]
