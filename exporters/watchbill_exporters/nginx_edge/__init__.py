"""Reads nginx: its access log and its status page."""
