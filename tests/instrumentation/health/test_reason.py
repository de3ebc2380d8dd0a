"""Why a check failed, without secrets."""

import pytest

from watchbill.health.reason import reason_of


class Speechless(Exception):
    """An exception whose text cannot be made."""

    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "ConnectionRefusedError: [Errno 111] Connection refused"),
        (TimeoutError(), "TimeoutError"),
        (Speechless(), "Speechless"),
        (ValueError("\n first \n second"), "ValueError: first"),
        ("cache is cold", "cache is cold"),
    ],
)
def test_the_first_line_is_told_with_the_errors_kind(error: BaseException | str, reason: str) -> None:
    assert reason_of(error) == reason


@pytest.mark.parametrize(
    "text",
    [
        "cannot reach postgresql+asyncpg://shop:hunter2@db:5432/orders",
        "redis://:hunter2@cache:6379/0 timed out",
        "invalid dsn: host=db user=shop password=hunter2 dbname=orders",
        "password='hunter2' was refused",
        'bad login {"api_key": "x", "db_password": "hunter2"}',
        "amqp://user:p@ss:hunter2@queue/ closed",
    ],
)
def test_passwords_in_addresses_and_options_are_left_out(text: str) -> None:
    assert "hunter2" not in reason_of(ConnectionError(text))
    assert "hunter2" not in reason_of(text)


def test_a_long_text_is_cut() -> None:
    assert len(reason_of("x" * 10_000)) == 200
