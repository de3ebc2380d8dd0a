"""Secrets are known by their shape, wherever in a line they stand."""

import logging
from io import StringIO
from time import process_time
from typing import Any

import pytest
import structlog

from tests.plugins.application import keyed, quiet
from watchbill.logs.config import Logging, Style
from watchbill.logs.names import SCRUBBED
from watchbill.logs.scrubbing import scrub
from watchbill.logs.secrets import redact, redact_path

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"

LEAKS = {
    "Authorization: Bearer abc.def-123456": "abc.def-123456",
    "Authorization: Basic dXNlcjpwYXNz": "dXNlcjpwYXNz",
    "sent bearer 0123456789abcdef": "0123456789abcdef",
    f"the token {JWT} has expired": JWT,
    "signed by AKIAIOSFODNN7EXAMPLE": "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCY": "wJalrXUtnFEMI",
    f"read {KEY} from disk": "MIIEowIBAAKCAQEA",
    "-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEA": "MIIEowIBAAKCAQEA",
    "postgresql://app:hunter2@db:5432/orders is gone": "hunter2",
    "redis://:hunter2@cache:6379/0": "hunter2",
    "amqp://app:p@ss@broker/": "p@ss",
    "card 4111 1111 1111 1111 declined": "1111 1111",
    "card=4111-1111-1111-1111": "4111-1111",
    "amex 378282246310005": "378282246310005",
    "token=0123456789abcdef0123456789abcdef": "0123456789abcdef",
    "key=AbCdEf0123456789AbCdEf==": "AbCdEf0123456789",
    '{"password": "hunter2", "user": "ann"}': "hunter2",
    '{"body": "{\\"password\\": \\"hunter2\\"}"}': "hunter2",
    "{'api_key': 'hunter2'}": "hunter2",
    "host=db user=app password='hun ter2' dbname=x": "ter2",
    "Password: hunter2": "hunter2",
    "x-api-key: 0123456789abcdefXY": "0123456789abcdefXY",
    "detail=password=hunter2": "hunter2",
    "https://x/?access_token=hunter2&page=2": "hunter2",
    "Cookie: a=1; session=hunter2": "hunter2",
    "ghp_0123456789abcdefghij0123456789abcdef": "ghp_0123",
    "rk_live_0123456789abcdef": "0123456789abcdef",
    "whsec_0123456789abcdef0123456789": "0123456789abcdef",
    "DB_PASS=hunter2": "hunter2",
    "headers: [(b'authorization', b'Basic dXNlcjpwYXNz'), (b'x-api-key', b'hunter2')]": "hunter2",
    "headers: [(b'authorization', b'Basic dXNlcjpwYXNz'), (b'x-api-key', b'hunter3')]": "dXNlcjpwYXNz",
    "('url', 'redis://:hunter2@cache')": "hunter2",
    "token=" + "abcdefgh" * 40 + "hunter2": "hunter2",
    "token='" + "abcd efgh" * 40 + "hunter2'": "hunter2",
}


@pytest.mark.parametrize(("text", "secret"), LEAKS.items())
def test_a_secret_in_text_is_replaced(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in redact(text)
    assert SCRUBBED in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "token: expired", "the token is invalid: signature mismatch", "max_tokens=500", "primary key: id",
        "order key=42", "basic authentication required", "elapsed 1763868000123456789 ns", "span 4111111111111112",
        "0.4111111111111111 of it", "2026-11-23T03:06:02.123456Z", "https://host:8080/users/me@example.com",
        "uuid 4f9a3c1e-1234-4abc-9def-0123456789ab", "author=ann", "cache key: user:42:profile", "GET /users/{key} 200",
        "keyword=searching-for-something-long", "4111111111111111a", "", "password",
        "4 8 15 16 23 42 108", "+49 30 9206526 442", "order 242 264 132 680 812 154", "ean 4006381333931",
        "id 1541815603606036480", "s3_key=uploads/2026/11/23/image-0001.png", "lock_key=orders-2026-11-23-000001",
        "routing_key=orders.created.v1.europe", "token_type=bearer", "token_count=512",
        "task-sk-learn-something-very-long", "tests: pass=12 fail=0", "('body', 'password')",
    ],
)  # fmt: skip
def test_what_only_looks_alike_is_kept(text: str) -> None:
    assert redact(text) == text


_PATHS = [
    "users", "7", "550e8400-e29b-41d4-a716-446655440000", "v1.2", "a-b_c", "%C3%A9", "", "eyJhbGciOi.eyJzdWIiOjEy",
    "ghp_" + "a1" * 12, "AKIAIOSFODNN7EXAMPLE", "4111111111111111", "4111-1111-1111-1111", "xoxb-0123456789ab",
    "token=abc123def456ghi7", "user:pass@host", "sk-" + "abc" * 8, "glpat-" + "abcd" * 5, "reset",
]  # fmt: skip


def test_what_stands_around_a_secret_is_kept() -> None:
    assert redact("dial postgres://app:hunter2@db/x as app") == f"dial postgres://app:{SCRUBBED}@db/x as app"
    assert redact('{"user": "ann", "password": "x", "n": 1}') == f'{{"user": "ann", "password": "{SCRUBBED}", "n": 1}}'


@pytest.mark.parametrize(
    "text",
    [
        "sig:" * 25_000, "key=" * 25_000, "sig:" * 250_000, "-eyJaaaaaaaa" * 8_000, "key=\"" * 20_000, "sk-" * 33_000,
        "-----BEGIN " * 9_000 + " PRIVATE KEY", "bearer " + "a" * 99_000, "://a:" * 20_000, "('token', '" * 9_000,
        "4111 " * 20_000,
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_a_hostile_text_does_not_stop_the_process(text: str) -> None:
    # Each takes a fraction of a second; a search that is quadratic takes a minute.
    began = process_time()
    redact(text)
    assert process_time() - began < 10


@pytest.mark.parametrize("text", ["token=" * 20_000, "a://a" * 30_000, "4 " * 60_000, "a" * 120_000 + " key=1"])
def test_a_long_text_is_read_up_to_a_limit(text: str) -> None:
    assert len(redact(text)) <= 100_001


@pytest.mark.parametrize(
    "value",
    [
        "at postgres://app:hunter2@db",
        ["postgres://app:hunter2@db"],
        {"url": {"deep": ("postgres://app:hunter2@db",)}},
        ValueError("postgres://app:hunter2@db"),
        {"postgres://app:hunter2@db"},
        b"postgres://app:hunter2@db",
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_every_kind_are_scrubbed(value: Any) -> None:
    event = scrub(None, "info", {"event": "dial", "value": value})
    assert "hunter2" not in repr(event)
    assert "app" in repr(event)


def test_headers_as_asgi_has_them_are_scrubbed() -> None:
    headers = [(b"x-api-key", b"hunter2"), (b"cookie", b"a=hunter2"), (b"accept", b"*/*")]
    event = scrub(None, "info", {"event": "asked", "headers": headers})
    assert "hunter2" not in repr(event)
    assert "*/*" in repr(event)


def dial() -> None:
    """Fails."""
    raise ConnectionError("dial redis://:hunter2@cache")


def failing() -> None:
    """Fails with secrets in a chain and in a group."""
    try:
        dial()
    except ConnectionError as error:
        inner = ExceptionGroup("inner password=hunter2", [KeyError("token=hunter2")])
        raise ExceptionGroup("both", [inner, ValueError(f"Bearer {JWT}")]) from error


def logged(style: Style, log: Any) -> str:
    """What is written when this is logged."""
    stream = StringIO()
    app = keyed()
    observability = quiet(logging=Logging(style=style, stream=stream)).instrument(app)
    try:
        log()
    finally:
        observability.uninstrument(app)
    return stream.getvalue()


def by_structlog() -> None:
    """structlog's way."""
    try:
        failing()
    except ExceptionGroup:
        structlog.get_logger("shop").exception("failed with password=hunter2", url="redis://:hunter2@cache")


def by_logging() -> None:
    """The standard library's way."""
    try:
        failing()
    except ExceptionGroup:
        logging.getLogger("shop").exception("failed with %s", "password=hunter2", extra={"url": "redis://:hunter2@c"})


def by_uvicorn() -> None:
    """uvicorn's way."""
    try:
        failing()
    except ExceptionGroup:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")


@pytest.mark.parametrize("style", ["json", "console"])
@pytest.mark.parametrize("log", [by_structlog, by_logging, by_uvicorn])
def test_no_way_of_logging_an_exception_shows_a_secret(style: Style, log: Any) -> None:
    text = logged(style, log)
    assert "hunter2" not in text
    assert JWT not in text
    for told in ("ConnectionError", "ExceptionGroup", "KeyError", "ValueError", "redis://:[scrubbed]@cache"):
        assert told in text


def test_a_line_that_cannot_be_written_shows_no_secret_either() -> None:
    class Unprintable:
        def __repr__(self) -> str:
            raise RuntimeError

    text = logged("json", lambda: structlog.get_logger().info("password=hunter2", thing=Unprintable()))
    assert "unwritable" in text
    assert "hunter2" not in text


@pytest.mark.parametrize("segment", _PATHS)
def test_a_path_is_redacted_like_any_text(segment: str) -> None:
    for path in (f"/a/{segment}/b", f"/{segment}", f"{segment}", f"/orders/7/{segment}"):
        assert redact_path(path) == redact(path)


@pytest.mark.parametrize("path", ["/abc" * 250 + "!", "/a1" * 300 + "=", "/" + "a" * 1_000 + "1"])
def test_a_long_path_is_not_tried_in_every_way(path: str) -> None:
    # One that tries every way to split it does not come back.
    assert redact_path(path) == path
