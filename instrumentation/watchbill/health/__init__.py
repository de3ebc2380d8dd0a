"""Whether the service can do its work: checks, their pages and their metrics."""

from watchbill.health.check import Result
from watchbill.health.checks import Checks
from watchbill.health.config import Health
from watchbill.health.resource import disk, memory

__all__ = ["Checks", "Health", "Result", "disk", "memory"]
