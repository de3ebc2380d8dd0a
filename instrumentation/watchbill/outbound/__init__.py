"""Calls to others: over HTTP, and to AI providers."""
