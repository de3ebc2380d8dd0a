"""Which addresses a module admits: what no pattern covers is refused, in whatever spelling."""

import re
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill_exporters.configuration.address import Address, InvalidAddress
from watchbill_exporters.configuration.allowance import Allowance, InvalidPattern, Pattern

_PATTERNS = (
    "redis:6379",
    "*.cache.svc:6379",
    "shard-*.eu.internal:7000-7005",
    "10.1.0.0/16:6379",
    "192.0.2.7:6379",
    "[fd00::/8]:6379",
)
_ALLOWANCE = Allowance(tuple(map(Pattern.parse, _PATTERNS)))
_EXPECTED_NAMES = re.compile(
    r"(redis|[a-z0-9_-]+\.cache\.svc):6379|shard-[a-z0-9_-]+\.eu\.internal:700[0-5]", re.ASCII | re.IGNORECASE
)
_EXPECTED_NETWORKS = (IPv4Network("10.1.0.0/16"), IPv4Network("192.0.2.7/32"), IPv6Network("fd00::/8"))

# Pieces of addresses and of what attackers make of them, put together in any order.
_PIECES = (
    "redis", "cache", "svc", "shard-1", "eu", "internal", "REDIS", "xn--redis-x", ".", "..", ":", "6379", "7000",
    "06379", "+6379", "10.1.2.3", "10.1", "012.1.2.3", "0x0a010203", "167837955", "192.0.2.7", "127.0.0.1", "[fd00::1]",
    "[::ffff:10.1.2.3]", "[fe80::1%eth0]", "fd00::1", "[", "]", "@", "/", "\\", "?", "#", "%2e", "%00", "\x00", "\n",
    "\t", " ", "user:pass@", "redis://", "unix:", "*", "-", "_", "\u3002", "\uff0e", "\u0661", "\u0440", "\u212a",
)  # fmt: skip
_TEXTS = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(_PIECES), max_size=7).map("".join))
_HOSTS = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: f"[{address.exploded}]"),
    st.from_regex(r"[a-z0-9_-]{1,8}(\.(cache|svc|eu|internal|[a-z0-9]{1,4})){0,3}", fullmatch=True),
)
_PLACES = st.tuples(_HOSTS, st.sampled_from([1, 6379, 6380, 6999, 7000, 7005, 7006])).map(
    lambda one: f"{one[0]}:{one[1]}"
)


def _admitted(text: str) -> Address | None:
    try:
        address = Address.parse(text)
    except InvalidAddress:
        return None
    return address if _ALLOWANCE.admits(address) else None


@given(st.one_of(_TEXTS, _PLACES))
def test_nothing_passes_that_the_patterns_do_not_spell_out(text: str) -> None:
    address = _admitted(text)
    if address is None:
        return
    if address.literal is None:
        assert _EXPECTED_NAMES.fullmatch(text), text
    else:
        assert ip_address(text.rpartition(":")[0].strip("[]")) == address.literal
        assert any(address.literal in network for network in _EXPECTED_NETWORKS), text
        assert text.endswith(":6379")


@given(_PLACES)
def test_whatever_the_patterns_spell_out_passes(text: str) -> None:
    host, _, port = text.rpartition(":")
    if not host.rpartition(".")[2].isdecimal() and not host.startswith("[") and _EXPECTED_NAMES.fullmatch(text):
        well_formed = all(not part.startswith("-") and not part.endswith("-") for part in host.split("."))
        assert (_admitted(text) is not None) == well_formed
    elif host.startswith("[") and port == "6379":
        literal = IPv6Address(host[1:-1])
        assert (_admitted(text) is not None) == (literal in IPv6Network("fd00::/8"))


@given(st.one_of(_TEXTS, _PLACES))
def test_the_system_reads_no_name_as_a_number_and_every_number_as_we_do(text: str) -> None:
    try:
        address = Address.parse(text)
    except InvalidAddress:
        return
    assert Address.parse(str(address)) == address
    if isinstance(address.literal, IPv4Address):
        assert socket.inet_aton(address.host) == address.literal.packed
    elif address.literal is None:
        assert str(address) == text.lower()
        with pytest.raises(OSError, match="illegal IP address"):
            socket.inet_aton(address.host)


@pytest.mark.parametrize(
    "text",
    [
        "10.1.2.3.:6379", "10.1.515:6379", "0x0a.1.2.3:6379", "0x0a010203:6379", "167837955:6379", "012.1.2.3:6379",
        "[::ffff:10.1.2.3]:6379", "[::ffff:a01:203]:6379", "[fd00::1%25eth0]:6379", "[fd00::1%eth0]:6379",
        "fd00::1:6379", "[10.1.2.3]:6379", "redis.:6379", "redis", "redis:", ":6379", "redis:0", "redis:06379",
        "redis:+6379", "redis:65536", "redis:\uff16379", "redis:6379 ", " redis:6379", "redis:6379\n", "redis\x00:6379",
        "u@redis:6379", "u:p@redis:6379", "redis://redis:6379", "redis:6379/0", "redis:6379?x", "redis%2esvc:6379",
        "r\u0435dis:6379", "a.cache\u3002svc:6379", "\u212aelvin.cache.svc:6379", "*.cache.svc:6379", "0.0.0.0:6379",
        "[::]:6379", "255.255.255.255:6379", "[ff02::1]:6379", "224.0.0.1:6379", f"{'a' * 64}.cache.svc:6379",
        "unix:/run/redis:6379",
    ],
)  # fmt: skip
def test_an_odd_spelling_is_no_address(text: str) -> None:
    with pytest.raises(InvalidAddress) as caught:
        Address.parse(text)
    assert text.strip() not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Redis:6379", "redis:6379"),
        ("A.Cache.SVC:6379", "a.cache.svc:6379"),
        ("10.1.2.3:6379", "10.1.2.3:6379"),
        ("[FD00:0:0:0::00A1]:6379", "[fd00::a1]:6379"),
        ("shard-12.eu.internal:7005", "shard-12.eu.internal:7005"),
    ],
)
def test_an_address_is_compared_in_its_one_spelling(text: str, canonical: str) -> None:
    assert str(_admitted(text)) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "cache.svc:6379", "a.b.cache.svc:6379", "cache.svc.evil.example:6379", "xcache.svc:6379", "10.2.0.1:6379",
        "10.1.2.3:6380", "192.0.2.8:6379", "[fe00::1]:6379", "shard-.eu.internal:7000", "shard-1.eu.internal:7006",
        "localhost:6379", "127.0.0.1:6379", "redis:7000", "redis2:6379", "my-redis:6379", "a.cache2.svc:6379",
        "a.cache.svc2:6379", "a.my-cache.svc:6379",
    ],
)  # fmt: skip
def test_a_neighbour_of_a_pattern_is_not_admitted(text: str) -> None:
    assert _admitted(text) is None


def test_a_star_stands_for_at_least_one_character() -> None:
    pattern = Pattern.parse("shard*.svc:6379")
    assert pattern.covers(Address.parse("shard1.svc:6379"))
    assert not pattern.covers(Address.parse("shard.svc:6379"))


def test_without_a_pattern_nothing_is_admitted() -> None:
    assert not Allowance().admits(Address.parse("redis:6379"))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("*:6379", "nor for a whole name"),
        ("*:*", "nor for a whole name"),
        ("**:6379", "nor for a whole name"),
        ("db.*:5432", "in the last part"),
        ("10.1.0.*:6379", "in the last part"),
        ("*.1.1.1:80", "neither an IPv4"),
        ("*:6379.", "nor for a whole name"),
        ("redis:*", "the port"),
        ("redis:9-1", "the port"),
        ("redis:0-65535", "the port"),
        ("redis", "no host:port"),
        ("0.0.0.0/0:6379", "password go anywhere"),
        ("[::/0]:6379", "password go anywhere"),
        ("10.1.0.5/16:6379", "ends where its length says"),
        ("10.0.0.0/255.0.0.0:6379", "no network"),
        ("fd00::/8:6379", "in brackets"),
        ("[10.0.0.0/8]:6379", "in brackets"),
        ("*a*b*.svc:1", "at most 2"),
        ("redis.:6379", "no dot at its end"),
    ],
)
def test_a_pattern_that_would_match_too_much_or_nothing_is_refused(text: str, cause: str) -> None:
    with pytest.raises(InvalidPattern, match=re.escape(cause)):
        Pattern.parse(text)
