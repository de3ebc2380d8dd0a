"""Watchbill's roof: the command line, rendering, and the running stack."""

from watchbill.stack import Stack
from watchbill_alerts.receivers import Slack, Webhook

__all__ = ["Slack", "Stack", "Webhook"]
