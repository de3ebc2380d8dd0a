"""Where a notification leads: the dashboard, its panel, and the runbook page.

Ids are derived from names, so that a link written by one room resolves in another.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode
from zlib import crc32

_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Links:
    """Base addresses, without a trailing slash, of Grafana (or the stack's page) and of the runbook pages."""

    dashboards: str
    runbooks: str

    def dashboard(self, uid: str, panel: str | None = None, **variables: str) -> str:
        """The dashboard's address over the last hour, opened at a panel."""
        query = {f"var-{name}": value for name, value in variables.items()}
        query |= {"from": "now-1h", "to": "now"}
        if panel is not None:
            query["viewPanel"] = str(panel_id(panel))
        return f"{self.dashboards}/d/{uid}?{urlencode(query)}"

    def runbook(self, service: str, alert: str) -> str:
        """The runbook page of an alert of a service."""
        return f"{self.runbooks}/{slug(service)}/{alert}"


@lru_cache(maxsize=4096)
def slug(text: str) -> str:
    """A name as it stands in file names and addresses."""
    return _SLUG.sub("-", text.lower()).strip("-")


def overview_uid(service: str) -> str:
    """The uid of a service's overview dashboard; Grafana allows 40 characters."""
    return f"{slug(service)}-overview"[:40]


def panel_id(key: str) -> int:
    """A stable panel id from a panel's key; positive and below 2^31, as Grafana wants it."""
    return crc32(key.encode()) & 0x7FFF_FFFF or 1
