"""Watchbill's roof: the command line, rendering, and the running stack."""

from watchbill_alerts.receivers import Slack, Webhook

from watchbill.stack import Stack

__all__ = ["Slack", "Stack", "Webhook"]
