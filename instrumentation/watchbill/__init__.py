"""Watchbill: what an application imports."""

from watchbill.catalogue import Counter, Gauge, Histogram, Label, Unit
from watchbill.chart import Chart, chart
from watchbill.database.settings import Queries
from watchbill.dependency import Postgres, Redis
from watchbill.environment import Switches
from watchbill.errors import InvalidDeclaration, MissingExtra, WatchbillError
from watchbill.example import fires, silent
from watchbill.exposition import Access, Certificate
from watchbill.health import Health
from watchbill.logs import Logging
from watchbill.names import Names
from watchbill.objective import availability, latency
from watchbill.observability import Observability
from watchbill.own_alert import above, alert, below
from watchbill.service import Service
from watchbill.team import Team
from watchbill.threshold import max_error_ratio, max_latency
from watchbill.traces import Tracing

__version__ = "0.1.0"

__all__ = [
    "Access",
    "Certificate",
    "Chart",
    "Counter",
    "Gauge",
    "Health",
    "Histogram",
    "InvalidDeclaration",
    "Label",
    "Logging",
    "MissingExtra",
    "Names",
    "Observability",
    "Postgres",
    "Queries",
    "Redis",
    "Service",
    "Switches",
    "Team",
    "Tracing",
    "Unit",
    "WatchbillError",
    "above",
    "alert",
    "availability",
    "below",
    "chart",
    "fires",
    "latency",
    "max_error_ratio",
    "max_latency",
    "silent",
]
