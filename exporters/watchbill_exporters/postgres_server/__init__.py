"""Reads PostgreSQL servers."""

from watchbill_exporters.postgres_server.driver import PostgresDriver

__all__ = ["PostgresDriver"]
