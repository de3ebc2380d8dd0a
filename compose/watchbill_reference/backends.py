"""The reference backends as children of the native stack."""

import sys
from collections.abc import Sequence
from pathlib import Path

from watchbill.stack import Stack
from watchbill_stack.native.engines import answers
from watchbill_stack.native.process import Child
from watchbill_stack.native.site import Site

_USERS = 6
# By path: importing a locust file would patch this process' own sockets and threads.
_LOAD = Path(__file__).parent / "shop" / "load.py"


def backends(stack: Stack, site: Site) -> Sequence[Child]:
    """The shop and the load on it."""
    del stack
    return _shop(site), _load(site)


def _shop(site: Site) -> Child:
    environment = {
        "SHOP_DATABASE_ADDRESS": site.address("orders"),
        "SHOP_DATABASE_PASSWORD_FILE": str(site.secret("orders-owner")),
        "SHOP_CACHE_ADDRESS": site.address("cache"),
        "SHOP_CACHE_PASSWORD_FILE": str(site.secret("cache-monitor")),
    }
    return Child(
        name="shop",
        command=[
            sys.executable,
            "-m",
            "uvicorn",
            "--factory",
            "watchbill_reference.shop.application:create",
            "--host=127.0.0.1",
            f"--port={site.ports['shop']}",
            "--no-access-log",
            "--timeout-graceful-shutdown=1",
        ],
        log=site.log("shop"),
        ready=answers(site.url("shop") + "/metrics"),
        address=site.url("shop"),
        environment=environment,
    )


def _load(site: Site) -> Child:
    command = [sys.executable, "-m", "locust", "--locustfile", str(_LOAD), "--headless", "--skip-log"]
    return Child(
        name="load",
        command=[*command, f"--host={site.url('shop')}", f"--users={_USERS}", f"--spawn-rate={_USERS}"],
        log=site.log("load"),
        ready=lambda: True,
        environment={"no_proxy": "127.0.0.1"},
    )
