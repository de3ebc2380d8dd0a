"""A Redis server as a target."""

from dataclasses import dataclass, field
from typing import ClassVar

from watchbill_exporters.configuration.settings import Settings
from watchbill_exporters.redis_server.declared import Declared
from watchbill_exporters.redis_server.shown_settings import DEFAULT_SETTINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSettings(Settings):
    """A Redis or Valkey server; without `username` the password is the default user's.

    `client_list` tells each client by itself, `include_settings` names the settings to show.
    """

    kind: ClassVar[str] = "redis"

    username: str | None = None
    client_list: bool = False
    latency_histograms: bool = True
    include_settings: tuple[str, ...] = DEFAULT_SETTINGS
    declared: Declared = field(default_factory=Declared)
