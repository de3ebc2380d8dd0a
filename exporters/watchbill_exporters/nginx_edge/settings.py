"""What is configured of an nginx target."""

from dataclasses import dataclass
from typing import ClassVar

from watchbill_exporters.configuration.settings import Settings

DEFAULT_STATUS_PATH = "/stub_status"
READABLE = (
    "give the exporter the group that may read it and enter its folder, such as `SupplementaryGroups=adm` in its unit"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NginxSettings(Settings):
    """A log, a status page at the target's address, or both.

    Without `from_beginning` the lines count that are written after the exporter's first look.
    """

    kind: ClassVar[str] = "nginx"

    log_file: str | None = None
    from_beginning: bool = False
    status_path: str = DEFAULT_STATUS_PATH
