"""Requests that leave together, and the database each is carried out in."""

from tests.plugins.redis_server import RedisServer
from watchbill_exporters.redis_server.flight import Flight
from watchbill_exporters.redis_server.protocol import Wire
from watchbill_exporters.redis_server.request import Request


def test_each_request_is_sent_once_and_databases_are_visited_once() -> None:
    asked = [Request(("LLEN", "a"), 3), Request(("PING",)), Request(("LLEN", "b"), 3), Request(("PING",))]
    assert [request.command for request in Flight.of(asked).requests] == [
        ("PING",),
        ("SELECT", "3"),
        ("LLEN", "a"),
        ("LLEN", "b"),
        ("SELECT", "0"),
    ]


async def test_requests_are_carried_out_in_their_databases(redis_server: RedisServer) -> None:
    for database in ("0", "3"):
        redis_server.cli("-n", database, "SET", "where", database)
    wire = await Wire.open("127.0.0.1", redis_server.port, host="", tls=None)
    wire.send(("AUTH", redis_server.password))
    flight = Flight.of([Request(("GET", "where"), 3), Request(("GET", "where"))])
    wire.send_packet(flight.packet)
    wire.send(("GET", "where"))
    replies = [await wire.reply() for _ in range(6)]
    await wire.close()
    assert replies == ["OK", "0", "OK", "3", "OK", "0"]


def test_a_key_of_any_bytes_goes_over_the_wire_as_it_is() -> None:
    name = b'quo"te\r\n\xff'
    flight = Flight.of([Request(("LLEN", name.decode(errors="surrogateescape")))])
    assert flight.packet == b"*2\r\n$4\r\nLLEN\r\n$9\r\n" + name + b"\r\n"


def test_a_second_part_leaves_behind_the_first_in_whatever_database() -> None:
    cheap, huge = Request(("LLEN", "a"), 3), Request(("LINDEX", "b", "-1"))
    flight = Flight.of([cheap], [huge, cheap])
    assert [request.command for request in flight.requests] == [
        ("SELECT", "3"),
        ("LLEN", "a"),
        ("SELECT", "0"),
        ("LINDEX", "b", "-1"),
    ]
