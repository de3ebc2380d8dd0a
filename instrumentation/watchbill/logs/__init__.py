"""Logs through structlog, each line with the ids of its trace."""

from watchbill.logs.config import Logging

__all__ = ["Logging"]
