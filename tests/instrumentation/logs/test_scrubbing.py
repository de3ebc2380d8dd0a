"""Fields that hold secrets are known by their names."""

from typing import Any

import pytest

from watchbill.logs.scrubbing import SCRUBBED, is_secret, scrub


@pytest.mark.parametrize(
    "name",
    [
        "password", "PASSWORD", "db_password", "userPassword", "Authorization", "X-Api-Key", "apiKey", "apikey",
        "access_token", "accessToken", "Set-Cookie", "client_secret", "privateKey", "http.request.header.cookie",
        "sessionId", "credit_card", "AWSSecretKey", "accesstoken", "clientsecret", "dbpassword",
    ],
)  # fmt: skip
def test_a_name_that_promises_a_secret_is_one(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["max_tokens", "tokens", "author", "passenger", "key", "route", "secretary", "cookbook", ""]
)
def test_a_name_that_only_looks_alike_is_none(name: str) -> None:
    assert not is_secret(name)


def test_secrets_are_replaced_however_deep_and_the_rest_is_kept() -> None:
    event: dict[str, Any] = {
        "event": "login",
        "token": "a",
        "body": {"user": "ann", "password": "b", "more": [{"api_key": "c"}, ("x", {"jwt": "d"})]},
    }
    assert scrub(None, "info", event) == {
        "event": "login",
        "token": SCRUBBED,
        "body": {"user": "ann", "password": SCRUBBED, "more": [{"api_key": SCRUBBED}, ("x", {"jwt": SCRUBBED})]},
    }


def test_what_the_application_passed_in_is_not_changed() -> None:
    body = {"password": "b"}
    scrub(None, "info", {"event": "login", "body": body})
    assert body == {"password": "b"}


def test_a_structure_that_holds_itself_ends_somewhere() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert scrub(None, "info", {"loop": loop})
