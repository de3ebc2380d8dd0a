"""Reads Redis and Valkey servers."""

from watchbill_exporters.redis_server.driver import RedisDriver

__all__ = ["RedisDriver"]
