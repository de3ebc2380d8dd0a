"""Reads Redis and Valkey servers."""
