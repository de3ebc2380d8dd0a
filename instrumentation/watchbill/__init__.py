"""Watchbill: what an application imports."""

from watchbill.catalogue import Counter, Gauge, Histogram, Label, Unit
from watchbill.dependency import Postgres, Redis
from watchbill.errors import InvalidDeclaration, MissingExtra, WatchbillError
from watchbill.names import Names
from watchbill.objective import availability, latency
from watchbill.service import Service
from watchbill.team import Team
from watchbill.threshold import max_error_ratio, max_latency

__version__ = "0.1.0"

__all__ = [
    "Counter",
    "Gauge",
    "Histogram",
    "InvalidDeclaration",
    "Label",
    "MissingExtra",
    "Names",
    "Postgres",
    "Redis",
    "Service",
    "Team",
    "Unit",
    "WatchbillError",
    "availability",
    "latency",
    "max_error_ratio",
    "max_latency",
]
