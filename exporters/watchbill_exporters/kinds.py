"""The kinds of targets there are."""

from collections.abc import Mapping
from types import MappingProxyType

from watchbill_exporters.cdn_edge.kind import KIND as CDN
from watchbill_exporters.kind import Kind
from watchbill_exporters.nginx_edge.kind import KIND as NGINX
from watchbill_exporters.postgres_server.kind import KIND as POSTGRES
from watchbill_exporters.rabbitmq_server.kind import KIND as RABBITMQ
from watchbill_exporters.redis_server.kind import KIND as REDIS

KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in (REDIS, POSTGRES, RABBITMQ, NGINX, CDN)})
"""By the name that a configuration gives."""
