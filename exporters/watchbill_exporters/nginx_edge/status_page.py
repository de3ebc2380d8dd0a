"""nginx' status page (module ngx_http_stub_status_module)."""

import re
from collections.abc import Iterable

from watchbill.catalogue.nginx import (
    NGINX_CONNECTIONS_ACCEPTED,
    NGINX_CONNECTIONS_ACTIVE,
    NGINX_CONNECTIONS_HANDLED,
    NGINX_CONNECTIONS_READING,
    NGINX_CONNECTIONS_WAITING,
    NGINX_CONNECTIONS_WRITING,
    NGINX_REQUESTS,
)
from watchbill_exporters.collector import Measured, single
from watchbill_exporters.http_reader import Answer
from watchbill_exporters.reason import TargetDown

LARGEST_PAGE = 4096
_PAGE = re.compile(
    rb"Active connections:\s*(\d{1,18})\s+server accepts handled requests\s+(\d{1,18})\s+(\d{1,18})\s+(\d{1,18})\s+"
    rb"Reading:\s*(\d{1,18})\s+Writing:\s*(\d{1,18})\s+Waiting:\s*(\d{1,18})\s*"
)
_METRICS = (
    NGINX_CONNECTIONS_ACTIVE,
    NGINX_CONNECTIONS_ACCEPTED,
    NGINX_CONNECTIONS_HANDLED,
    NGINX_REQUESTS,
    NGINX_CONNECTIONS_READING,
    NGINX_CONNECTIONS_WRITING,
    NGINX_CONNECTIONS_WAITING,
)


def check(answer: Answer, path: str) -> None:
    """Raises TargetDown for anything but a status page."""
    match answer.status:
        case 200 if _PAGE.fullmatch(answer.body):
            return
        case 200:
            raise TargetDown("protocol", f"{path} is no status page", "add `stub_status;` to its location in nginx")
        case 401 | 403:
            remedy = "`allow` the exporter's address in the location of stub_status"
            raise TargetDown("auth", f"{path} answers {answer.status}", remedy)
        case status:
            remedy = "set status_path to the location of stub_status"
            raise TargetDown("protocol", f"{path} answers {status}", remedy)


def connections(answer: Answer) -> Iterable[Measured]:
    """What a checked page says."""
    found = _PAGE.fullmatch(answer.body)
    if found is not None:
        for metric, value in zip(_METRICS, found.groups(), strict=True):
            yield single(metric, float(value))
