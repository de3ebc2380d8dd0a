"""What a connection's end is called, where no server is needed to bring it about."""

import asyncio
from typing import Any

import pytest

from tests.plugins.application import exposed, quiet, served_by
from watchbill.asgi import App, Message, Receive, Scope, Send
from watchbill.catalogue.http import ROUTE, STATUS
from watchbill.catalogue.websocket import (
    CLOSE_CODE,
    DIRECTION,
    RECEIVED,
    SENT,
    WEBSOCKET_CONNECTIONS,
    WEBSOCKET_CONNECTIONS_ACTIVE,
    WEBSOCKET_MESSAGE_BYTES,
    WEBSOCKET_MESSAGES,
    WEBSOCKET_REJECTIONS,
)
from watchbill.guard import OTHER
from watchbill.testing import Exposition

ACCEPT: Message = {"type": "websocket.accept"}
CLOSE: Message = {"type": "websocket.close", "code": 4000}


class Server:
    """Hands over these messages and takes what is sent, or breaks at a kind of message."""

    def __init__(self, *messages: Message, breaks_at: str = "") -> None:
        self._messages = iter([{"type": "websocket.connect"}, *messages])
        self._breaks_at = breaks_at
        self.taken: list[Message] = []

    async def receive(self) -> Message:
        """The next message."""
        return next(self._messages)

    async def send(self, message: Message) -> None:
        """Takes a message."""
        if message["type"] == self._breaks_at:
            raise BrokenPipeError
        self.taken.append(message)


async def ended(answer: App, server: Server, raises: type[BaseException] | None = None) -> Exposition:
    """What a scrape returns after one connection."""
    app = served_by(answer)
    observability = quiet().instrument(app)
    call = app({"type": "websocket", "path": "/", "headers": []}, server.receive, server.send)
    if raises is None:
        await call
    else:
        with pytest.raises(raises):
            await call
    found = exposed(observability)
    assert found.value(WEBSOCKET_CONNECTIONS_ACTIVE) == 0
    assert found.value(WEBSOCKET_CONNECTIONS) + found.value(WEBSOCKET_REJECTIONS) == 1
    return found


def codes(found: Exposition) -> frozenset[str]:
    """The close codes counted."""
    return found.values_of(WEBSOCKET_CONNECTIONS, CLOSE_CODE)


def statuses(found: Exposition) -> frozenset[str]:
    """The statuses of refused handshakes."""
    return found.values_of(WEBSOCKET_REJECTIONS, STATUS)


async def test_what_the_server_cancels_ends_with_1012() -> None:
    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(ACCEPT)
        raise asyncio.CancelledError

    assert codes(await ended(answer, Server(), asyncio.CancelledError)) == {"1012"}


async def test_the_first_to_close_gives_the_code() -> None:
    async def answer(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(ACCEPT)
        await send(CLOSE)
        assert (await receive())["code"] == 1000
        raise RuntimeError("afterwards")

    server = Server({"type": "websocket.disconnect", "code": 1000, "reason": ""})
    found = await ended(answer, server, RuntimeError)
    assert codes(found) == {"4000"}
    assert [message["type"] for message in server.taken] == ["websocket.accept", "websocket.close"]


async def test_closing_a_connection_that_is_broken_ends_with_1006() -> None:
    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(ACCEPT)
        await send(CLOSE)

    assert codes(await ended(answer, Server(breaks_at="websocket.close"), BrokenPipeError)) == {"1006"}


@pytest.mark.parametrize(("reason", "code"), [({"reason": ""}, "1005"), ({"reason": None}, "1005"), ({}, "1006")])
async def test_no_code_is_1005_in_a_close_frame_and_1006_without_one(reason: dict[str, Any], code: str) -> None:
    async def answer(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(ACCEPT)
        await receive()

    server = Server({"type": "websocket.disconnect", "code": 1005, **reason})
    assert codes(await ended(answer, server)) == {code}


async def test_a_client_that_leaves_before_the_answer_counts_as_499() -> None:
    async def answer(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()
        await receive()

    assert statuses(await ended(answer, Server({"type": "websocket.disconnect", "code": 1006}))) == {"499"}


async def test_an_application_that_never_answers_counts_as_500() -> None:
    async def answer(_scope: Scope, _receive: Receive, _send: Send) -> None:
        """Forgets to."""

    assert statuses(await ended(answer, Server())) == {"500"}


async def test_a_message_has_the_bytes_it_has_in_utf_8() -> None:
    async def answer(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(ACCEPT)
        for _ in range(4):
            await receive()
        await send({"type": "websocket.send", "text": None, "bytes": b""})
        await send({"type": "websocket.send", "text": "\ud800"})
        await send(CLOSE)

    pieces: list[dict[str, Any]] = [{"text": "abc"}, {"text": "é"}, {"bytes": b"12"}, {"text": None, "bytes": b"3456"}]
    found = await ended(answer, Server(*({"type": "websocket.receive", **piece} for piece in pieces)))
    assert found.value(WEBSOCKET_MESSAGES, {DIRECTION: RECEIVED}) == 4
    assert found.value(WEBSOCKET_MESSAGE_BYTES, {DIRECTION: RECEIVED}) == 3 + 2 + 2 + 4
    assert found.value(WEBSOCKET_MESSAGES, {DIRECTION: SENT}) == 2
    assert found.value(WEBSOCKET_MESSAGE_BYTES, {DIRECTION: SENT}) == 3


async def test_made_up_codes_and_statuses_are_bounded() -> None:
    async def answer(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(ACCEPT)
        await receive()

    app = served_by(answer)
    observability = quiet().instrument(app)
    for code in (*range(3000, 3100), *range(4000, 4100), *range(5000, 5100)):
        server = Server({"type": "websocket.disconnect", "code": code, "reason": ""})
        await app({"type": "websocket", "path": "/", "headers": []}, server.receive, server.send)
    found = exposed(observability)
    assert found.value(WEBSOCKET_CONNECTIONS) == 300
    assert found.value(WEBSOCKET_CONNECTIONS, {CLOSE_CODE: "3xxx"}) == 100
    assert found.value(WEBSOCKET_CONNECTIONS, {CLOSE_CODE: "4xxx"}) == 100
    assert len(codes(found)) == CLOSE_CODE.limit
    assert OTHER in codes(found)
    assert found.values_of(WEBSOCKET_CONNECTIONS, ROUTE) == {"unmatched"}
