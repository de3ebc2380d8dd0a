"""Who may read the metrics page."""

import base64
import logging
import os
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from tests.plugins.application import client, exposed, keyed, quiet
from watchbill import Access, InvalidDeclaration
from watchbill.catalogue.watching import COMPONENT, INTERNAL_ERRORS

SECRET = "s3cret-Ünïcode"
VARIABLE = "SCRAPE_SECRET"


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n", encoding="utf-8")
    return file


def replace(file: Path, content: bytes | None) -> None:
    file.unlink()
    if content is not None:
        file.write_bytes(content)


def application(access: Access) -> FastAPI:
    app = keyed("/{key}")
    quiet(access=access).instrument(app)
    return app


async def scrape(app: FastAPI, authorization: bytes | None = None, method: str = "GET") -> httpx.Response:
    async with client(app) as caller:
        headers = [] if authorization is None else [(b"authorization", authorization)]
        return await caller.request(method, "/metrics", headers=headers)


def bearer(token: str) -> bytes:
    return b"Bearer " + token.encode()


def basic(username: str, password: str) -> bytes:
    return b"Basic " + base64.b64encode(f"{username}:{password}".encode())


async def test_a_page_with_a_token_is_for_those_who_know_it(secret_file: Path) -> None:
    app = application(Access(token_file=secret_file))

    assert (await scrape(app, bearer(SECRET))).status_code == 200
    assert (await scrape(app, b"bearer   " + SECRET.encode() + b" ")).status_code == 200
    for wrong in (None, b"", b"Bearer", bearer(""), bearer(SECRET[:-1]), bearer(SECRET + "x"), SECRET.encode()):
        answer = await scrape(app, wrong)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="watchbill"')
        assert answer.text == "Unauthorized\n"
    assert (await scrape(app, basic("any", SECRET))).status_code == 401
    head = await scrape(app, method="HEAD")
    assert (head.status_code, head.content) == (401, b"")


async def test_a_page_with_a_password_is_for_those_who_know_it(secret_file: Path) -> None:
    app = application(Access(username="prometheus", password_file=secret_file))

    assert (await scrape(app, basic("prometheus", SECRET))).status_code == 200
    for wrong in (
        None,
        basic("prometheus", ""),
        basic("", SECRET),
        basic("root", SECRET),
        basic("prometheus", SECRET + ":"),
        b"Basic !!!",
        b"Basic \xff\xfe",
        bearer(SECRET),
    ):
        answer = await scrape(app, wrong)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Basic realm="watchbill", charset="UTF-8"'


async def test_the_applications_own_routes_ask_for_nothing(secret_file: Path) -> None:
    async with client(application(Access(token_file=secret_file))) as caller:
        assert (await caller.get("/7")).json() == "7"


async def test_a_changed_file_counts_from_the_next_scrape_on(secret_file: Path) -> None:
    app = application(Access(token_file=secret_file))
    assert (await scrape(app, bearer(SECRET))).status_code == 200
    fresh = secret_file.with_name("fresh")
    fresh.write_text("another", encoding="utf-8")
    fresh.rename(secret_file)

    assert (await scrape(app, bearer("another"))).status_code == 200
    assert (await scrape(app, bearer(SECRET))).status_code == 401


@pytest.mark.parametrize("content", [None, b"", b"  \n", b"\xff\xfe"])
async def test_a_secret_that_is_gone_lets_nobody_in_and_is_reported(secret_file: Path, content: bytes | None) -> None:
    app = keyed()
    observability = quiet(access=Access(token_file=secret_file)).instrument(app)
    replace(secret_file, content)

    for tried in (SECRET, ""):
        assert (await scrape(app, bearer(tried))).status_code == 401
    assert exposed(observability).value(INTERNAL_ERRORS, {COMPONENT: "access"}) == 2


async def test_a_secret_may_be_in_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)

    assert (await scrape(application(Access(token_variable=VARIABLE)), bearer(SECRET))).status_code == 200
    app = application(Access(username="prometheus", password_variable=VARIABLE))
    assert (await scrape(app, basic("prometheus", SECRET))).status_code == 200


@pytest.mark.parametrize("named", ["TOKEN", "TOKEN_FILE", "PASSWORD", "PASSWORD_FILE"])
async def test_the_environment_alone_can_ask_for_a_secret(
    named: str, monkeypatch: pytest.MonkeyPatch, secret_file: Path
) -> None:
    monkeypatch.setenv(f"WATCHBILL_METRICS_{named}", str(secret_file) if named.endswith("FILE") else SECRET)
    if named.startswith("PASSWORD"):
        monkeypatch.setenv("WATCHBILL_METRICS_USERNAME", "prometheus")
    app = keyed()
    quiet().instrument(app)

    known = bearer(SECRET) if named.startswith("TOKEN") else basic("prometheus", SECRET)
    assert [(await scrape(app, given)).status_code for given in (known, None)] == [200, 401]


def test_neither_a_report_nor_a_log_holds_the_secret(secret_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    access = Access(username="prometheus", password_file=secret_file)
    observability = quiet(access=access).instrument(keyed())

    assert "served at /metrics, asks for a user name and a password" in str(observability.report())
    assert observability.gate is not None
    shown = f"{observability.report()} {access!r} {access.secret()!r} {vars(observability.gate)!r} {caplog.text}"
    assert SECRET not in shown
    assert "asks for a token" in str(quiet(access=Access(token_file=secret_file)).report())


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ({}, "give either a token, or a username and a password"),
        ({"token_file": "HERE", "username": "a", "password_file": "HERE"}, "either a token, or a username"),
        ({"username": "a"}, "a username needs a password, and a password a username"),
        ({"password_file": "HERE"}, "a username needs a password, and a password a username"),
        ({"token_file": "HERE", "token_variable": VARIABLE}, "as a file or as a variable, not both"),
        ({"username": "a:b", "password_file": "HERE"}, "a username has no colon"),
        ({"token_file": "/nowhere/token"}, "No such file or directory: '/nowhere/token'"),
        ({"token_file": "/"}, "Is a directory"),
        ({"token_file": os.devnull}, f"{os.devnull} is empty: write the secret there"),
        ({"token_variable": "NOBODY_SET_THIS"}, "NOBODY_SET_THIS is empty: write the secret there"),
    ],
)
def test_an_access_that_cannot_work_is_an_error_at_start(given: dict[str, str], remedy: str, secret_file: Path) -> None:
    access = Access(**{name: str(secret_file) if value == "HERE" else value for name, value in given.items()})

    with pytest.raises(InvalidDeclaration, match=r"^Observability: .*access: ") as error:
        quiet(access=access)
    assert remedy in str(error.value)
    assert SECRET not in str(error.value)
