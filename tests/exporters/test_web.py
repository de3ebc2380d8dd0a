"""The endpoint's own protection: who may read it, and over what."""

import asyncio
import socket
import ssl
from pathlib import Path

import bcrypt
import httpx
import pytest

from tests.exporters.probing import Exporter
from tests.exporters.served import served
from tests.plugins.certificates import Pair, self_signed, trusting
from tests.plugins.exposition import value
from watchbill.catalogue.exporter import EXPORTER_PROBES, EXPORTER_REFUSED
from watchbill.errors import InvalidDeclaration
from watchbill_exporters import Configuration, PostgresSettings, RedisSettings
from watchbill_exporters.configuration.web import TlsSettings, WebSettings
from watchbill_exporters.deadline import TIMEOUT_HEADER
from watchbill_exporters.web import tls_context

PASSWORD = "correct-horse"  # of a user that exists in these tests alone
TOKEN = "t0ken-of-the-test"  # as above
PAGES = (
    "/",
    "/metrics",
    "/targets",
    "/probe?target=cache",
    "/probe?target=hunter2",
    "/statements?target=cache",
    "/nowhere",
)


@pytest.fixture(scope="module")
def hashed() -> str:
    """The password at the least cost, in the form of htpasswd."""
    return "$2y" + bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()[3:]


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    """A file with the token."""
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n", encoding="utf-8")
    return file


def write(file: Path, text: str) -> None:
    """Rotates a secret."""
    file.write_text(text, encoding="utf-8")


def remove(file: Path) -> None:
    """Takes a secret away."""
    file.unlink()


def cache() -> RedisSettings:
    """A target where nobody listens."""
    return RedisSettings(name="cache", address="127.0.0.1:1")


def basic(name: str, password: str) -> str:
    """An Authorization header."""
    return str(
        next(httpx.BasicAuth(name, password).auth_flow(httpx.Request("GET", "http://x"))).headers["authorization"]
    )


async def test_without_users_and_token_everybody_may_read() -> None:
    async with Exporter(cache()) as exporter:
        assert (await exporter.get("/metrics")).status == 200


async def test_statements_are_for_nobody_where_nobody_signs_in() -> None:
    async with Exporter(cache()) as exporter:
        assert (await exporter.get("/statements?target=cache")).status == 403


async def test_texts_that_a_server_does_not_give_in_time_are_not_blamed_on_others(token_file: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        orders = PostgresSettings(name="orders", address=f"127.0.0.1:{silent.getsockname()[1]}")
        async with Exporter(orders, web=WebSettings(bearer_token_file=str(token_file))) as exporter:
            headers = {"authorization": f"Bearer {TOKEN}", TIMEOUT_HEADER: "0.4"}
            answer = await exporter.get("/statements?target=orders", **headers)
    assert (answer.status, answer.text) == (503, "the target is down (timeout)\n")


async def test_who_does_not_sign_in_learns_nothing_but_the_health(hashed: str, token_file: Path) -> None:
    web = WebSettings(users={"prometheus": hashed}, bearer_token_file=str(token_file))
    async with Exporter(cache(), web=web) as exporter:
        answers = [await exporter.get(page) for page in PAGES]
        assert (await exporter.get("/-/healthy")).status == 200
        assert (await exporter.get("/-/healthy/")).status == 401
        own = (await exporter.get("/metrics", authorization=basic("prometheus", PASSWORD))).text
    assert {(answer.status, answer.text) for answer in answers} == {(401, "Unauthorized\n")}
    assert value(own, EXPORTER_PROBES) == 0
    assert value(own, EXPORTER_REFUSED, "unauthorized") == len(PAGES) + 1


async def test_a_password_and_a_token_are_both_taken(hashed: str, token_file: Path) -> None:
    web = WebSettings(users={"prometheus": hashed}, bearer_token_file=str(token_file))
    async with Exporter(cache(), web=web) as exporter:
        for authorization in (basic("prometheus", PASSWORD), f"Bearer {TOKEN}", f"bearer  {TOKEN}"):
            assert (await exporter.get("/metrics", authorization=authorization)).status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        basic("prometheus", "wrong"),
        basic("prometheus", ""),
        basic("nobody", PASSWORD),
        basic("", PASSWORD),
        basic("prometheus", PASSWORD + "x" * 200),
        basic("prometheus", PASSWORD + "\0"),
        f"Bearer {PASSWORD}",
        f"Bearer {TOKEN}x",
        "Bearer",
        "Basic",
        "Basic ???",
        "Basic " + "A" * 5000,
        "Digest username=prometheus",
        "",
    ],
)
async def test_anything_else_is_refused_twice(hashed: str, token_file: Path, authorization: str) -> None:
    web = WebSettings(users={"prometheus": hashed}, bearer_token_file=str(token_file))
    async with Exporter(cache(), web=web) as exporter:
        for _ in range(2):
            assert (await exporter.get("/metrics", authorization=authorization)).status == 401
        assert (await exporter.get("/metrics", authorization=basic("prometheus", PASSWORD))).status == 200


async def test_scrapes_that_come_together_cost_one_check_of_their_password(hashed: str) -> None:
    async with Exporter(cache(), web=WebSettings(users={"prometheus": hashed})) as exporter:
        header = basic("prometheus", PASSWORD)
        answers = await asyncio.gather(*(exporter.get("/metrics", authorization=header) for _ in range(100)))
    assert {answer.status for answer in answers} == {200}


async def test_a_flood_of_wrong_passwords_is_held_off_and_a_known_one_passes(hashed: str) -> None:
    async with Exporter(cache(), web=WebSettings(users={"prometheus": hashed})) as exporter:
        header = basic("prometheus", PASSWORD)
        assert (await exporter.get("/metrics", authorization=header)).status == 200
        wrong = [exporter.get("/metrics", authorization=basic("prometheus", f"guess {one}")) for one in range(100)]
        answers = await asyncio.gather(*wrong, exporter.get("/metrics", authorization=header))
    assert {answer.status for answer in answers[:-1]} == {401, 429}
    assert answers[-1].status == 200


async def test_a_rotated_token_is_taken_and_the_old_one_is_not(token_file: Path) -> None:
    async with Exporter(cache(), web=WebSettings(bearer_token_file=str(token_file))) as exporter:
        write(token_file, "another one\n")
        assert (await exporter.get("/metrics", authorization="Bearer another one")).status == 200
        assert (await exporter.get("/metrics", authorization=f"Bearer {TOKEN}")).status == 401


async def test_a_token_file_that_is_gone_lets_nobody_in_and_is_told_once(
    token_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Exporter(cache(), web=WebSettings(bearer_token_file=str(token_file))) as exporter:
        remove(token_file)
        for _ in range(3):
            assert (await exporter.get("/metrics", authorization=f"Bearer {TOKEN}")).status == 401
    assert caplog.text.count("the bearer token lets nobody in") == 1
    assert TOKEN not in caplog.text


def over_tls(pair: Pair, clients: Path | None = None) -> Configuration:
    """An exporter with a certificate; with `clients` it asks for theirs."""
    ca = None if clients is None else str(clients)
    tls = TlsSettings(
        cert_file=str(pair.file),
        key_file=str(pair.key),
        client_auth="none" if ca is None else "required",
        client_ca_file=ca,
    )
    return Configuration(web=WebSettings(tls=tls))


async def status(url: str, context: ssl.SSLContext) -> int:
    """Of the health page, over a connection of its own."""
    async with httpx.AsyncClient(verify=context, trust_env=False) as client:
        return (await client.get(url + "/-/healthy")).status_code


async def test_a_renewed_certificate_is_shown_to_new_connections(tmp_path: Path) -> None:
    pair, next_one = self_signed(tmp_path, "first"), self_signed(tmp_path, "second")
    before, after = trusting(pair.file), trusting(next_one.file)
    async with served(over_tls(pair)) as url:
        assert await status(url, before) == 200
        pair.file.write_bytes(next_one.file.read_bytes())
        assert await status(url, before) == 200, "the key does not fit yet, and the old pair is still used"
        pair.key.write_bytes(next_one.key.read_bytes())
        assert await status(url, after) == 200
        with pytest.raises(httpx.ConnectError):
            await status(url, before)


async def test_old_versions_of_tls_are_refused(tmp_path: Path) -> None:
    pair = self_signed(tmp_path, "server")
    old = trusting(pair.file)
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSVersion"):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    async with served(over_tls(pair)) as url:
        with pytest.raises(httpx.ConnectError):
            await status(url, old)
        assert await status(url, trusting(pair.file)) == 200


async def test_only_clients_with_a_certificate_of_the_authority_are_served(tmp_path: Path) -> None:
    pair, client, stranger = (self_signed(tmp_path, name) for name in ("server", "client", "stranger"))
    async with served(over_tls(pair, clients=client.file)) as url:
        assert await status(url, trusting(pair.file, client)) == 200
        for own in (None, stranger):
            with pytest.raises(httpx.TransportError):
                await status(url, trusting(pair.file, own))


async def test_the_clients_authority_may_be_renewed_as_well(tmp_path: Path) -> None:
    pair, first, second = (self_signed(tmp_path, name) for name in ("server", "first", "second"))
    authority = tmp_path / "authority.pem"
    authority.write_bytes(first.file.read_bytes())
    async with served(over_tls(pair, clients=authority)) as url:
        assert await status(url, trusting(pair.file, first)) == 200
        authority.write_bytes(second.file.read_bytes())
        assert await status(url, trusting(pair.file, second)) == 200
        with pytest.raises(httpx.TransportError):
            await status(url, trusting(pair.file, first))


def test_a_certificate_that_does_not_fit_its_key_is_told_at_the_start(tmp_path: Path) -> None:
    one, other = self_signed(tmp_path, "one"), self_signed(tmp_path, "other")
    with pytest.raises(InvalidDeclaration, match="cannot be used"):
        tls_context(TlsSettings(cert_file=str(one.file), key_file=str(other.key)))
