"""A stack that runs here moves what it serves itself, and leaves everything else where its file says."""

from pathlib import Path

from watchbill import Redis, Service, Team
from watchbill_stack import Slack, Stack, Webhook
from watchbill_stack.native.site import ENGINES, Site, relocated

_TEAM = Team("shop", page=Webhook("https://pager.example.com"), ticket=Slack("#shop", url_file="/run/secrets/slack"))


def _site(tmp_path: Path, *served: str) -> Site:
    (tmp_path / "secrets").mkdir()
    return Site(tmp_path, {name: 18600 + index for index, name in enumerate((*ENGINES, *served))}, {})


def test_what_this_run_serves_gets_its_address_on_loopback(tmp_path: Path) -> None:
    declared = Service("shop", team=_TEAM, targets=["shop:8000"], uses=[Redis("cache", address="redis:6379")])

    (moved,) = relocated(Stack(declared), _site(tmp_path, "shop", "cache")).services

    assert moved.targets == ("127.0.0.1:18604",)
    assert [one.address for one in moved.uses] == ["127.0.0.1:18605"]


def test_a_service_that_is_called_like_an_engine_keeps_its_own_address(tmp_path: Path) -> None:
    declared = Service("page", team=_TEAM, targets=["page:8000"], uses=[Redis("cache", address="redis:6379")])

    (moved,) = relocated(Stack(declared), _site(tmp_path)).services

    assert moved.targets == ("page:8000",)
    assert [one.address for one in moved.uses] == ["redis:6379"]


def test_every_notification_goes_to_the_inbox(tmp_path: Path) -> None:
    stack = relocated(Stack(Service("shop", team=_TEAM), watchdog=Webhook("https://dead.example.com")), _site(tmp_path))

    _, page = stack.services[0].team.page.integration()
    assert page["url"] == "http://127.0.0.1:18600/inbox/shop-page"
    _, ticket = stack.services[0].team.ticket.integration()
    assert str(ticket["api_url_file"]).startswith(str(tmp_path / "secrets"))
    assert stack.watchdog is not None
    assert stack.watchdog.integration()[1]["url"] == "http://127.0.0.1:18600/inbox/watchdog"
