"""What a scrape says of a CDN that is a real nginx with a cache, behind TLS."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from socket import socket
from time import sleep, time

import pytest

from tests.exporters.probing import Answer, Exporter
from tests.plugins.exposition import names, value
from tests.plugins.ill_server import black_hole, ill_server
from tests.plugins.nginx_server import NginxServer
from tests.plugins.programs import free_port
from watchbill.catalogue.cdn import (
    CDN_AGE,
    CDN_BODY_BYTES,
    CDN_CACHE,
    CDN_CACHE_STATUS,
    CDN_CERTIFICATE_EXPIRY,
    CDN_CERTIFICATE_LEFT,
    CDN_COLLECTOR_AGE,
    CDN_CONNECT,
    CDN_ENCODING,
    CDN_FAILURE,
    CDN_FIRST_BYTE,
    CDN_INVALIDATIONS,
    CDN_RESOURCE,
    CDN_RESPONSES,
    CDN_STATUS,
    CDN_SUCCESS,
    CDN_UP,
    CDN_UP_REASON,
)
from watchbill.catalogue.edge import ENCODING, RESOURCE_TYPE
from watchbill.catalogue.exporter import REASON
from watchbill.testing import Exposition
from watchbill_exporters.cdn_edge.settings import CdnSettings, Invalidations, Method, Resource
from watchbill_exporters.secret import SecretFile
from watchbill_exporters.web_address import WebAddress

EACH_TIME = 0.0
DAY = 86_400


def address(port: int, path: str = "/", *, tls: bool = True) -> WebAddress:
    return WebAddress(tls=tls, host="127.0.0.1", port=port, target=path)


def at(cdn: NginxServer, **paths: str) -> list[Resource]:
    """Resources by their names."""
    return [Resource(name=name, type="other", address=address(cdn.tls_port, path)) for name, path in paths.items()]


def target(
    cdn: NginxServer,
    resources: Iterable[Resource],
    *,
    method: Method = "GET",
    interval: float = EACH_TIME,
    pending: Invalidations | None = None,
) -> CdnSettings:
    return CdnSettings(
        name="assets",
        address="",
        tls=True,
        ca_file=str(cdn.certificate.file),
        resources=tuple(resources),
        method=method,
        interval=interval,
        invalidations=pending,
    )


def token_file(folder: Path) -> SecretFile:
    """Where the token is, or will be."""
    return SecretFile(str(folder / "token"), option="token_file")


async def found_by(settings: CdnSettings) -> Exposition:
    """One scrape."""
    async with Exporter(settings) as exporter:
        return Exposition.parse((await exporter.probe("assets")).text)


def is_down(answer: Answer, reason: str) -> bool:
    """Whether the answer says so with 200 and nothing of any resource."""
    down = value(answer.text, CDN_UP) == 0 and value(answer.text, CDN_UP_REASON, reason) == 1
    return answer.status == 200 and down and CDN_SUCCESS.name not in names(answer.text)


async def test_a_resource_that_the_cache_holds_is_a_hit(cdn: NginxServer) -> None:
    cdn.empty_cache()
    async with Exporter(target(cdn, at(cdn, script="/cached/app.js"))) as exporter:
        await exporter.probe("assets")
        found = Exposition.parse((await exporter.probe("assets")).text)
    assert found.value(CDN_CACHE, {CDN_RESOURCE: "script", CDN_CACHE_STATUS: "hit"}) == 1
    assert found.series(CDN_CACHE) == 1
    assert found.value(CDN_RESPONSES) == 2
    assert found.value(CDN_RESPONSES, {CDN_CACHE_STATUS: "hit"}) >= 1
    assert found.value(CDN_SUCCESS) == 1
    assert found.value(CDN_STATUS) == 200


async def test_the_answers_size_encoding_times_and_certificate_are_told(cdn: NginxServer) -> None:
    resource = Resource(name="script", type="script", address=address(cdn.tls_port, "/cached/app.js"))
    found = await found_by(target(cdn, [resource]))
    of_script = {CDN_RESOURCE: "script", RESOURCE_TYPE: "script"}
    assert found.value(CDN_ENCODING, {**of_script, ENCODING: "gzip"}) == 1
    assert 0 < found.value(CDN_BODY_BYTES, of_script) < 1000
    assert 0 < found.value(CDN_FIRST_BYTE, of_script) < 5
    assert 0 < found.value(CDN_CONNECT, of_script) < 5
    assert DAY < found.value(CDN_CERTIFICATE_LEFT, of_script) < 2 * DAY
    assert found.value(CDN_CERTIFICATE_EXPIRY, of_script) == pytest.approx(
        time() + found.value(CDN_CERTIFICATE_LEFT, of_script), abs=5
    )


async def test_head_tells_the_size_without_the_body(cdn: NginxServer) -> None:
    found = await found_by(target(cdn, at(cdn, logo="/cached/logo.png"), method="HEAD"))
    assert found.value(CDN_BODY_BYTES) == 3000


async def test_the_nearest_of_several_caches_counts_and_its_age_is_told(cdn: NginxServer) -> None:
    found = await found_by(target(cdn, at(cdn, aged="/aged")))
    assert found.value(CDN_AGE) == 12
    assert found.values_of(CDN_CACHE, CDN_CACHE_STATUS) == {"hit"}


async def test_a_redirect_is_told_and_not_followed(cdn: NginxServer) -> None:
    found = await found_by(target(cdn, at(cdn, moved="/moved")))
    assert found.value(CDN_STATUS) == 302
    assert found.value(CDN_SUCCESS) == 1


async def test_a_missing_resource_is_a_failure_that_the_log_tells(
    cdn: NginxServer, caplog: pytest.LogCaptureFixture
) -> None:
    found = await found_by(target(cdn, at(cdn, gone="/nowhere", aged="/aged")))
    assert found.value(CDN_SUCCESS, {CDN_RESOURCE: "gone"}) == 0
    assert found.value(CDN_STATUS, {CDN_RESOURCE: "gone"}) == 404
    assert found.value(CDN_SUCCESS, {CDN_RESOURCE: "aged"}) == found.value(CDN_UP) == 1
    assert "gone: it answers 404" in caplog.text


async def test_a_resource_is_asked_once_an_interval(cdn: NginxServer) -> None:
    async with Exporter(target(cdn, at(cdn, aged="/aged"), interval=3600)) as exporter:
        await exporter.probe("assets")
        await exporter.probe("assets")
        found = Exposition.parse((await exporter.probe("assets")).text)
    assert found.value(CDN_RESPONSES) == 1
    assert found.value(CDN_COLLECTOR_AGE) > 0


def dripping(connection: socket) -> None:
    """One byte a second, for ever."""
    while True:
        connection.sendall(b"x")
        sleep(1)


async def test_a_resource_that_hangs_is_its_own_failure(cdn: NginxServer) -> None:
    with black_hole() as hole, ill_server(dripping) as slow:
        ill = [
            Resource(name="hole", type="other", address=address(hole)),
            Resource(name="slow", type="other", address=address(slow.port, tls=False)),
        ]
        async with Exporter(target(cdn, [*ill, *at(cdn, aged="/aged")])) as exporter:
            answer = await exporter.probe("assets", scrape_timeout=1.5)
    found = Exposition.parse(answer.text)
    assert answer.seconds < 1.2
    assert found.value(CDN_SUCCESS, {CDN_RESOURCE: "aged"}) == 1
    assert found.value(CDN_FAILURE, {CDN_RESOURCE: "hole", REASON: "timeout"}) == 1
    assert found.value(CDN_FAILURE, {CDN_RESOURCE: "slow", REASON: "timeout"}) == 1


@pytest.mark.parametrize(("reason", "tls"), [("refused", True), ("refused", False)], ids=["with TLS", "without TLS"])
async def test_a_cdn_where_nothing_answers_is_down_with_a_reason(cdn: NginxServer, reason: str, tls: bool) -> None:
    nobody = Resource(name="logo", type="image", address=address(free_port(), tls=tls))
    async with Exporter(target(cdn, [nobody])) as exporter:
        assert is_down(await exporter.probe("assets"), reason)


async def test_a_certificate_that_nobody_vouches_for_is_a_failure(cdn: NginxServer) -> None:
    stranger = CdnSettings(name="assets", address="", resources=tuple(at(cdn, aged="/aged")))
    async with Exporter(stranger) as exporter:
        assert is_down(await exporter.probe("assets"), "tls")


async def test_an_endless_body_is_left_unread() -> None:
    def endless(connection: socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Cache: HIT\r\n\r\n")
        while True:
            connection.sendall(bytes(1_000_000))

    with ill_server(endless) as server:
        resource = Resource(name="logo", type="image", address=address(server.port, tls=False))
        found = await found_by(CdnSettings(name="assets", address="", resources=(resource,), method="GET"))
    assert found.values_of(CDN_CACHE, CDN_CACHE_STATUS) == {"hit"}
    assert found.series(CDN_BODY_BYTES) == 0


async def test_pending_invalidations_are_counted_with_a_token(cdn: NginxServer, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("open-sesame\n")
    pending = Invalidations(
        address=address(cdn.tls_port, "/purges"), pointer="/result/pending", token_file=token_file(tmp_path)
    )
    found = await found_by(target(cdn, at(cdn, aged="/aged"), pending=pending))
    assert found.value(CDN_INVALIDATIONS) == 2


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ("wrong-token", "it answers 403"),
        ("split\r\nX-Evil: 1", "characters that no header may have"),
        ("sésame", "characters that no header may have"),
    ],
)
async def test_a_token_that_is_refused_leaves_the_count_out_and_is_never_told(
    cdn: NginxServer, tmp_path: Path, content: str, cause: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = tmp_path / "token"
    token.write_text(content)
    pending = Invalidations(
        address=address(cdn.tls_port, "/purges"), pointer="/result/pending", token_file=token_file(tmp_path)
    )
    found = await found_by(target(cdn, at(cdn, aged="/aged"), pending=pending))
    assert found.series(CDN_INVALIDATIONS) == 0
    assert found.value(CDN_UP) == 1
    assert cause in caplog.text
    assert content.partition("\r")[0] not in caplog.text
    assert "xe9" not in caplog.text


async def test_a_token_that_is_missing_is_told_by_its_own_option(
    cdn: NginxServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pending = Invalidations(address=address(cdn.tls_port, "/purges"), pointer="", token_file=token_file(tmp_path))
    found = await found_by(target(cdn, at(cdn, aged="/aged"), pending=pending))
    assert found.series(CDN_INVALIDATIONS) == 0
    assert f"token_file {tmp_path / 'token'}: No such file" in caplog.text
    assert "password_file" not in caplog.text


async def test_a_scrape_that_is_as_often_as_the_asking_finds_it_due(cdn: NginxServer) -> None:
    interval = 0.4
    async with Exporter(target(cdn, at(cdn, aged="/aged"), interval=interval)) as exporter:
        await exporter.probe("assets")
        for _ in range(2):
            # A scraper's clock trembles.
            await asyncio.sleep(interval * 0.98)
            await exporter.probe("assets")
        found = Exposition.parse((await exporter.probe("assets")).text)
    assert found.value(CDN_RESPONSES) == 3
