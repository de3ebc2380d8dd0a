"""A server that misbehaves over HTTP costs neither time nor memory, and its fault has a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from socket import socket

import pytest

from tests.plugins.ill_server import Behaviour, ill_server
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.http_reader import Answer, HttpReader, Origin
from watchbill_exporters.reason import TargetDown
from watchbill_exporters.resolver import Resolver

MOST = 100_000


def sending(*pieces: bytes, endless: bytes = b"") -> Behaviour:
    """Answers any request with these pieces, then with one more for ever."""

    def behave(connection: socket) -> None:
        connection.recv(65_536)
        for piece in pieces:
            connection.sendall(piece)
        while endless:
            connection.sendall(endless)
        connection.close()

    return behave


def silent(connection: socket) -> None:
    """Takes the request, and waits until the client has gone."""
    while connection.recv(65_536):
        pass


@dataclass(frozen=True)
class Asking:
    """One request to an ill server."""

    behaviour: Behaviour
    seconds: float = 5.0
    cut: bool = False

    async def answer(self) -> Answer:
        resolver = Resolver(1)
        deadline = Deadline.after(self.seconds)
        with ill_server(self.behaviour) as server:
            reader = await HttpReader.open(Origin(host="127.0.0.1", port=server.port), resolver, deadline)
            try:
                return await reader.ask("/", deadline, most=MOST, cut=self.cut)
            finally:
                await reader.close()
                resolver.close()


@pytest.mark.parametrize(
    ("pieces", "endless"),
    [
        ((b"+PONG\r\n",), b""),
        ((), b""),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",), b""),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 10, 20\r\n\r\n",), b""),
        ((b"HTTP/1.1 200 OK\r\n",), b"X-More: and more\r\n"),
        ((b"HTTP/1.1 200 OK\r\nX-Long: ",), b"x" * 10_000),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",), b""),
        ((b"HTTP/1.1 200 OK\r\n\r\n",), b"x" * 10_000),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",), b"5\r\nhello\r\n"),
        ((), b"HTTP/1.1 100 Continue\r\n\r\n" * 999),
    ],
    ids=[
        "no HTTP",
        "nothing",
        "half",
        "two lengths",
        "headers",
        "a header",
        "chunks",
        "a body",
        "an endless body",
        "no end of beginnings",
    ],
)
async def test_what_is_no_answer_is_a_protocol_problem(pieces: Sequence[bytes], endless: bytes) -> None:
    with pytest.raises(TargetDown) as failure:
        await Asking(sending(*pieces, endless=endless)).answer()
    assert failure.value.reason == "protocol"
    assert len(failure.value.cause) < 200


async def test_crumbs_are_given_up_before_they_cost_much_time() -> None:
    crumbs = sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", endless=b"1\r\nx\r\n" * 9999)
    with pytest.raises(TargetDown, match="too many pieces"):
        await Asking(crumbs, cut=True).answer()


async def test_an_answer_that_does_not_come_is_a_timeout() -> None:
    with pytest.raises(TargetDown) as failure:
        await Asking(silent, seconds=0.3).answer()
    assert failure.value.reason == "timeout"


async def test_a_cut_body_has_what_was_wanted_of_it() -> None:
    head = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\n\r\n"
    answer = await Asking(sending(head, endless=b"x" * 9999), cut=True).answer()
    assert (len(answer.body), answer.whole, answer.headers["x-a"]) == (MOST, False, "1, 2")


async def test_an_answer_in_chunks_is_whole() -> None:
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"
    answer = await Asking(sending(b"HTTP/1.1 103 Early Hints\r\n\r\n", chunks)).answer()
    assert (answer.status, answer.body, answer.whole) == (200, b"hello!", True)
