"""Receivers: what Alertmanager is told, and what a stack file may not say."""

from pathlib import Path
from typing import Any

import pytest

from watchbill.team import Receiver
from watchbill_alerts.receivers import Slack, Webhook

SECRET = "hunter2"  # what must not be shown


@pytest.mark.parametrize(
    ("receiver", "cause"),
    [
        (Slack("storefront", url_file="/run/secrets/slack"), "is no Slack channel"),
        (Slack("#", url_file="/run/secrets/slack"), "is no Slack channel"),
        (Slack("#storefront", url_file="secrets/slack"), "url_file is no absolute path"),
        (Slack("#storefront", url_file=""), "url_file is no absolute path"),
        (Slack("#storefront", url_file=f"https://hooks.example.com/{SECRET}"), "url_file holds an address"),
        (Webhook("pager.example.com/x"), "is no address"),
        (Webhook("ftp://pager.example.com/x"), "is no address"),
        (Webhook("https://pager.example.com:port/x"), "is no address"),
        (Webhook(f"https://me:{SECRET}@pager.example.com/x"), "carries a secret"),
        (Webhook(f"https://pager.example.com/x?api_token={SECRET}"), "carries a secret"),
        (Webhook(f"{SECRET}@pager"), "is no address"),
        (Webhook("https://pager.example.com/x", token_file="token"), "token_file is no absolute path"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_no_secret(receiver: Receiver, cause: str) -> None:
    (problem,) = receiver.problems()

    assert cause in problem.cause
    assert problem.remedy
    assert problem.place.file == __file__
    assert SECRET not in str(problem)


@pytest.mark.parametrize("wrong", [None, 5, True, b"/run", [], {}, object(), Path("/run/secrets/slack")])
def test_a_value_of_any_type_is_a_mistake_and_raises_nothing(wrong: Any) -> None:
    (channel,) = Slack(wrong, url_file="/run/secrets/slack").problems()
    (file,) = Slack("#storefront", url_file=wrong).problems()
    (url,) = Webhook(wrong).problems()

    assert channel.cause == f"{wrong!r} is no Slack channel"
    assert file.cause == f"url_file={wrong!r} is no text"
    assert url.cause == f"{wrong!r} is no address"
    assert bool(list(Webhook("https://pager.example.com", token_file=wrong).problems())) is (wrong is not None)


def test_a_right_receiver_has_no_problem() -> None:
    assert list(Slack("#storefront", url_file="/run/secrets/slack").problems()) == []
    assert list(Webhook("http://127.0.0.1:9000/inbox", token_file="/run/secrets/token").problems()) == []


def test_secrets_reach_alertmanager_as_files() -> None:
    kind, entry = Slack("#storefront", url_file="/run/secrets/slack").integration()
    assert (kind, entry["api_url_file"]) == ("slack_configs", "/run/secrets/slack")

    kind, entry = Webhook("https://pager.example.com", token_file="/run/secrets/pager").integration()
    assert kind == "webhook_configs"
    assert entry["http_config"] == {"authorization": {"credentials_file": "/run/secrets/pager"}}


def test_in_development_a_receiver_delivers_to_the_inbox() -> None:
    secrets = Path("/run/development")
    slack = Slack("#storefront", url_file="/run/secrets/slack").delivered_to("http://127.0.0.1:1/inbox/a", secrets)
    webhook = Webhook("https://pager.example.com", token_file="/run/secrets/pager").delivered_to(
        "http://127.0.0.1:1/inbox/b", secrets
    )

    file = slack.integration()[1]["api_url_file"]
    assert slack.secret_files() == {Path(str(file)): "http://127.0.0.1:1/inbox/a"}
    assert Path(str(file)).parent == secrets
    assert webhook.integration()[1] == {"send_resolved": True, "url": "http://127.0.0.1:1/inbox/b"}
    assert list(slack.problems()) == list(webhook.problems()) == []


def test_both_are_receivers_of_a_team() -> None:
    assert isinstance(Slack("#a", url_file="/a"), Receiver)
    assert isinstance(Webhook("https://a.example.com"), Receiver)
