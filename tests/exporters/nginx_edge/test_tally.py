"""What is counted of a line, and what a broken or hostile one does."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill.catalogue.edge import CACHE_STATUS, ENCODING, RESOURCE_TYPE
from watchbill.catalogue.label import Label
from watchbill.catalogue.nginx import (
    NGINX_CACHE_BYTES,
    NGINX_CACHE_RESPONSES,
    NGINX_COMPRESSION_INPUT,
    NGINX_COMPRESSION_OUTPUT,
    NGINX_ENCODED_RESPONSES,
    NGINX_METHOD,
    NGINX_RESPONSE_SECONDS,
    NGINX_RESPONSES,
    NGINX_STATUS,
    NGINX_UPSTREAM_SECONDS,
)
from watchbill.testing import Exposition
from watchbill_exporters.encoding import text
from watchbill_exporters.nginx_edge.tally import Tally


def line(**fields: object) -> bytes:
    """A log line that has a status at least."""
    return json.dumps({"status": "200", **fields}).encode() + b"\n"


def exposed(tally: Tally) -> Exposition:
    """As a scrape has it."""
    return Exposition.parse(text([((), list(tally.measured()))], openmetrics=False))


def counted(*lines: bytes) -> Exposition:
    """What some lines come to, all of which are sound."""
    tally = Tally()
    tally.add(b"".join(lines))
    assert tally.errors == 0
    return exposed(tally)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"sent_http_content_type": "text/html; charset=utf-8"}, "html"),
        ({"sent_http_content_type": "application/javascript"}, "script"),
        ({"sent_http_content_type": "text/css", "uri": "/a.png"}, "style"),
        ({"sent_http_content_type": "image/svg+xml"}, "image"),
        ({"sent_http_content_type": "application/font-woff2"}, "font"),
        ({"sent_http_content_type": "application/problem+json"}, "data"),
        (
            {"sent_http_content_type": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
            "document",
        ),
        ({"sent_http_content_type": "video/mp4"}, "media"),
        ({"sent_http_content_type": "", "uri": "/img/logo.WEBP"}, "image"),
        ({"uri": "/v1.2/orders"}, "other"),
        ({"request_uri": "/fonts/a.woff2?v=1.png"}, "font"),
        ({}, "other"),
    ],
)
def test_a_response_has_a_resource_type(fields: Mapping[str, object], kind: str) -> None:
    assert counted(line(**fields)).values_of(NGINX_CACHE_RESPONSES, RESOURCE_TYPE) == {kind}


@pytest.mark.parametrize(
    ("told", "status"), [("HIT", "HIT"), ("", "NONE"), ("-", "NONE"), ("REVALIDATED", "REVALIDATED"), ("new", "OTHER")]
)
def test_a_response_has_a_cache_status(told: str, status: str) -> None:
    found = counted(line(upstream_cache_status=told, body_bytes_sent="10"))
    assert found.value(NGINX_CACHE_BYTES, {CACHE_STATUS: status}) == 10


@pytest.mark.parametrize(
    ("told", "encoding"), [("", "identity"), ("gzip", "gzip"), ("br", "br"), ("compress", "other")]
)
def test_a_response_has_an_encoding(told: str, encoding: str) -> None:
    assert counted(line(sent_http_content_encoding=told)).value(NGINX_ENCODED_RESPONSES, {ENCODING: encoding}) == 1


def test_compression_is_told_by_the_bytes_before_and_after() -> None:
    found = counted(
        line(body_bytes_sent="100", gzip_ratio="3.50"),
        line(body_bytes_sent="200", gzip_ratio="2.00"),
        line(body_bytes_sent="9", gzip_ratio="-"),
    )
    assert found.value(NGINX_COMPRESSION_INPUT) == 750
    assert found.value(NGINX_COMPRESSION_OUTPUT) == 300


def test_tries_of_several_upstream_servers_add_up() -> None:
    found = counted(
        line(upstream_response_time="0.100, 0.200 : 0.300"),
        line(upstream_response_time="-, 0.400"),
        line(upstream_response_time="-"),
        line(upstream_response_time=""),
        line(upstream_response_time=0.5),
    )
    assert found.count(NGINX_UPSTREAM_SECONDS) == 3
    assert found.total(NGINX_UPSTREAM_SECONDS) == pytest.approx(1.5)


def test_times_fall_into_buckets_by_resource_type() -> None:
    found = counted(line(request_time="0.004", uri="/a.css"), line(request_time="99", uri="/a.css"), line(uri="/a.css"))
    assert found.at_most(NGINX_RESPONSE_SECONDS, 0.005) == 1
    assert found.count(NGINX_RESPONSE_SECONDS, {RESOURCE_TYPE: "style"}) == 2


@pytest.mark.parametrize(("field", "label"), [("request_method", NGINX_METHOD), ("status", NGINX_STATUS)])
def test_what_a_client_invents_adds_no_series(field: str, label: Label) -> None:
    found = counted(*(line(**{field: str(number)}) for number in range(1000, 3000)))
    assert found.values_of(NGINX_RESPONSES, label) == {"other"}


def test_a_number_may_be_written_as_a_number() -> None:
    assert counted(line(status=404, body_bytes_sent=7)).value(NGINX_RESPONSES, {NGINX_STATUS: "404"}) == 1


@pytest.mark.parametrize(
    "broken",
    [
        b"127.0.0.1 - - GET / 200\n",
        b'{"status": "200"\n',
        b'{"request_method": "GET"}\n',
        b'["200"]\n',
        b"200\n",
        b'{"status": "200"}, {"status": "200"}\n',
        b'{"status": ["200"]}\n',
        b'{"status": "up"}\n',
        b'{"status": "200", "body_bytes_sent": "many"}\n',
        b'{"status": "200", "body_bytes_sent": "-5"}\n',
        b'{"status": "200", "request_time": "NaN"}\n',
        b'{"status": "200", "body_bytes_sent": 1' + b"0" * 5000 + b"}\n",
        b'{"status": "200", "body_bytes_sent": 1' + b"0" * 400 + b"}\n",
        b"[" * 100_000 + b"\n",
    ],
)
def test_a_broken_line_is_counted_and_touches_no_other(broken: bytes) -> None:
    tally = Tally()
    tally.add(line() + broken + line())
    assert (tally.lines, tally.errors) == (3, 1)
    assert exposed(tally).value(NGINX_RESPONSES) == 2


def test_a_time_that_is_none_is_no_time() -> None:
    tally = Tally()
    tally.add(line(msec="1700000000.5"))
    tally.add(line(msec=10**400))
    assert (tally.errors, tally.last_time) == (0, 1_700_000_000.5)


def test_a_path_that_is_no_utf8_spoils_nothing() -> None:
    assert counted(b'{"status": "200", "uri": "/\xff\xfe.png"}\n').values_of(NGINX_CACHE_RESPONSES, RESOURCE_TYPE) == {
        "image"
    }


def test_two_halves_of_an_object_are_two_broken_lines() -> None:
    tally = Tally()
    tally.add(b'{"status": "200"\n"uri": "/"}\n')
    assert (tally.lines, tally.errors) == (2, 2)


_VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.integers(), max_size=2)
)
_FIELDS = st.sampled_from(
    (
        "status",
        "request_method",
        "body_bytes_sent",
        "request_time",
        "upstream_response_time",
        "gzip_ratio",
        "uri",
        "msec",
    )
)


@given(st.lists(st.binary(max_size=40) | st.dictionaries(_FIELDS, _VALUES).map(lambda one: json.dumps(one).encode())))
def test_every_line_is_counted_or_is_an_error(lines: list[bytes]) -> None:
    whole = [one.replace(b"\n", b"") for one in lines]
    tally = Tally()
    tally.add(b"".join(one + b"\n" for one in whole))
    assert tally.lines == sum(1 for one in whole if one.decode(errors="replace").strip())
    assert exposed(tally).value(NGINX_RESPONSES) == tally.lines - tally.errors
