"""redis-py: commands, pipelines and pools of its clients, sync and asyncio, of one server or a cluster."""

from collections.abc import Mapping
from typing import Any

from watchbill.ground import Ground
from watchbill.redis_client.attachment import ClientAttachment
from watchbill.redis_client.library import REDIS


class RedisAttachment(ClientAttachment):
    """Our part in a client, or in all of them. Raises MissingExtra where redis-py is not installed."""

    def __init__(self, ground: Ground, client: Any, *, name: str, prefixes: Mapping[str, str]) -> None:
        super().__init__(REDIS, ground, client, name=name, prefixes=prefixes)
