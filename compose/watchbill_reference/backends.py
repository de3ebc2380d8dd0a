"""The reference backends as children of the native stack."""

import sys
from collections.abc import Sequence
from pathlib import Path

from watchbill.stack import Stack
from watchbill_stack.native.engines import answers
from watchbill_stack.native.process import Child
from watchbill_stack.native.site import Site

_SHOP_USERS, _FILTER_USERS = 6, 4
_SOCKET = "socket"
_HERE = Path(__file__).parent


def backends(stack: Stack, site: Site) -> Sequence[Child]:
    """The shop and the filter, with the load on them."""
    del stack
    return (
        _shop(site),
        _load("load", site, of="shop", users=_SHOP_USERS),
        _moderation(site),
        _filter(site),
        _load("filter-load", site, of="filter", users=_FILTER_USERS),
    )


def _shop(site: Site) -> Child:
    environment = {
        "SHOP_DATABASE_ADDRESS": site.address("orders"),
        "SHOP_DATABASE_PASSWORD_FILE": str(site.secret("orders-owner")),
        "SHOP_CACHE_ADDRESS": site.address("cache"),
        "SHOP_CACHE_PASSWORD_FILE": str(site.secret("cache-monitor")),
    }
    return _service("shop", site, environment)


def _filter(site: Site) -> Child:
    environment = {
        "FILTER_REDIS_ADDRESS": site.address("cache"),
        "FILTER_REDIS_PASSWORD_FILE": str(site.secret("cache-monitor")),
        "FILTER_MODERATION_SOCKET": f"moderation/{_SOCKET}",
    }
    return _service("filter", site, environment)


def _moderation(site: Site) -> Child:
    """What the filter calls; on a socket in a folder of its own, so that nobody else finds it."""
    # Named from the folder it runs in: a socket's path has 107 letters at most.
    folder = site.data("moderation")
    return Child(
        name="moderation",
        command=[*_uvicorn("watchbill_reference.filter.upstream:create"), f"--uds={_SOCKET}"],
        log=site.log("moderation"),
        ready=(folder / _SOCKET).is_socket,
        folder=folder,
    )


def _service(name: str, site: Site, environment: dict[str, str]) -> Child:
    return Child(
        name=name,
        command=[
            *_uvicorn(f"watchbill_reference.{name}.application:create"),
            "--host=127.0.0.1",
            f"--port={site.ports[name]}",
        ],
        log=site.log(name),
        ready=answers(site.url(name) + "/metrics"),
        address=site.url(name),
        environment=environment,
        folder=site.folder,
    )


def _load(name: str, site: Site, *, of: str, users: int) -> Child:
    # By path: importing a locust file would patch this process' own sockets and threads.
    file = _HERE / of / "load.py"
    command = [sys.executable, "-m", "locust", "--locustfile", str(file), "--headless", "--skip-log"]
    return Child(
        name=name,
        command=[*command, f"--host={site.url(of)}", f"--users={users}", f"--spawn-rate={users}"],
        log=site.log(name),
        ready=lambda: True,
        environment={"no_proxy": "127.0.0.1"},
    )


def _uvicorn(factory: str) -> list[str]:
    command = [sys.executable, "-m", "uvicorn", "--factory", factory, "--no-access-log"]
    return [*command, "--timeout-graceful-shutdown=1"]
