"""Which libraries of those that matter here are in use, in which version."""

import platform
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version

_OURS = ("watchbill",)
_BASE = ("prometheus-client", "opentelemetry-sdk", "structlog")
# Named only once the process has imported them: installed says little.
_USED = {
    "fastapi": "fastapi",
    "starlette": "starlette",
    "opentelemetry.exporter.otlp.proto.http": "opentelemetry-exporter-otlp-proto-http",
    "opentelemetry.exporter.otlp.proto.grpc": "opentelemetry-exporter-otlp-proto-grpc",
    "opentelemetry.instrumentation.fastapi": "opentelemetry-instrumentation-fastapi",
    "ddtrace": "ddtrace",
    "sentry_sdk": "sentry-sdk",
    "slowapi": "slowapi",
    "redis": "redis",
    "valkey": "valkey",
    "sqlalchemy": "sqlalchemy",
    "asyncpg": "asyncpg",
    "psycopg": "psycopg",
    "psycopg_pool": "psycopg-pool",
    "httpx": "httpx",
    "celery": "celery",
    "arq": "arq",
    "taskiq": "taskiq",
    "cachetools": "cachetools",
    "cashews": "cashews",
    "aiocache": "aiocache",
    "uvloop": "uvloop",
}
SERVERS = {
    "uvicorn": "uvicorn",
    "gunicorn": "gunicorn",
    "hypercorn": "hypercorn",
    "granian": "granian",
    "daphne": "daphne",
}


def versions() -> dict[str, str]:
    """Version by distribution, Python's included; the server's only where one has been imported."""
    imported = [name for module, name in (*_USED.items(), *SERVERS.items()) if module in sys.modules]
    found = {"python": platform.python_version()}
    for name in (*_OURS, *_BASE, *imported):
        found[name] = _version(name)
    return found


# Each is in a file of its own: milliseconds on an event loop.
@cache
def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
