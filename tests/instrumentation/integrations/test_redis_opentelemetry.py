"""redis-py's own OpenTelemetry metrics go on beside ours."""

import subprocess
import sys

from tests.plugins.redis_server import RedisServer

# A process of its own: OpenTelemetry has one provider of metrics for all, which can be set once.
PROGRAM = """
import asyncio, sys
import redis, redis.asyncio
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from redis.observability import MetricGroup, OTelConfig, get_observability_instance
from watchbill import Observability
from watchbill.catalogue.redis_client import REDIS_COMMAND_DURATION
from watchbill.testing import Exposition

reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
get_observability_instance().init(OTelConfig(metric_groups=[MetricGroup.COMMAND]))
observability = Observability("shop", tracing=None, logging=None, workers="off").redis()
where = {"port": int(sys.argv[1]), "password": sys.argv[2]}

async def later():
    async with redis.asyncio.Redis(**where) as client:
        await client.get("key")
        await client.pipeline().get("key").execute()

with redis.Redis(**where) as client:
    client.get("key")
    client.pipeline().get("key").execute()
asyncio.run(later())
found = [
    point
    for resource in reader.get_metrics_data().resource_metrics
    for scope in resource.scope_metrics
    for metric in scope.metrics
    if metric.name == "db.client.operation.duration"
    for point in metric.data.data_points
]
gets = sum(point.count for point in found if point.attributes["db.operation.name"] == "GET")
rest = sum(point.count for point in found) - gets
print(gets, rest, Exposition.of(observability).count(REDIS_COMMAND_DURATION))
"""


def test_both_count_each_command_once(redis_server: RedisServer) -> None:
    # The program above, in this Python.
    command = [sys.executable, "-c", PROGRAM, str(redis_server.port), redis_server.password]
    said = subprocess.run(command, capture_output=True, text=True, check=False)

    assert said.stdout.split() == ["2", "2", "4"], said.stderr
