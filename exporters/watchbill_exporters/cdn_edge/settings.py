"""What is configured of a CDN."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from watchbill_exporters.configuration.settings import Settings
from watchbill_exporters.secret import SecretFile
from watchbill_exporters.web_address import WebAddress

DEFAULT_INTERVAL = 60.0
DEFAULT_TIMEOUT = 5.0

Method = Literal["HEAD", "GET"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A URL that is asked for, under its name and resource type."""

    name: str
    type: str
    address: WebAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalidations:
    """A JSON document in which `pointer` (RFC 6901) leads to a number, or to a list that is counted."""

    address: WebAddress
    pointer: str
    token_file: SecretFile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CdnSettings(Settings):
    """Each resource is asked every `interval` seconds, and has `timeout` seconds to answer."""

    kind: ClassVar[str] = "cdn"

    resources: tuple[Resource, ...]
    interval: float = DEFAULT_INTERVAL
    timeout: float = DEFAULT_TIMEOUT
    method: Method = "HEAD"
    invalidations: Invalidations | None = None
