"""An address is shown without what it keeps secret."""

import httpx
import pytest
from opentelemetry.semconv.attributes.server_attributes import SERVER_ADDRESS, SERVER_PORT

from watchbill.outbound.address import address_attributes, shown

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("https://user:topsecret@a.test/x", "https://a.test/x"),
        ("https://a.test/x?page=2&sort=name", "https://a.test/x?page=2&sort=name"),
        ("https://a.test/x?token=topsecret1", "https://a.test/x?token=[scrubbed]"),
        ("https://a.test/x?a=1&X-Amz-Signature=0f1e2d3c", "https://a.test/x?a=1&X-Amz-Signature=[scrubbed]"),
        ("https://a.test/x?sig=abc%2Bdef&se=1", "https://a.test/x?sig=[scrubbed]&se=1"),
        ("https://a.test/x?AWSAccessKeyId=AK", "https://a.test/x?AWSAccessKeyId=[scrubbed]"),
        ("https://a.test/x?key=AIzaNotLong", "https://a.test/x?key=[scrubbed]"),
        ("https://a.test/x?%74oken=topsecret1", "https://a.test/x?%74oken=[scrubbed]"),
        ("https://a.test/x?to=https%3A%2F%2Fu%3Atopsecret%40b.test", "https://a.test/x?to=[scrubbed]"),
        (f"https://a.test/x?page=2&{JWT}", "https://a.test/x?page=2&[scrubbed]"),
        ("https://a.test/x?q=a%20b+c%2Fd", "https://a.test/x?q=a%20b+c%2Fd"),
        ("https://a.test/x?flag", "https://a.test/x?flag"),
        ("https://a.test/ghp_0123456789abcdefghij0123", "https://a.test/[scrubbed]"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
    ],
)
def test_users_and_secrets_are_left_out(address: str, seen: str) -> None:
    assert shown(httpx.URL(address)) == seen


def test_an_endless_address_is_cut() -> None:
    assert len(shown(httpx.URL(f"https://a.test/{'x' * 5_000}"))) <= 2_000
    assert len(shown(httpx.URL(f"https://a.test/x?page={'x' * 5_000}"))) <= 2_000


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [("https://a.test/", "a.test", 443), ("http://a.test/", "a.test", 80), ("http://[::1]:81/", "::1", 81)],
)
def test_host_and_port_are_told_apart(address: str, host: str, port: int) -> None:
    found = address_attributes(httpx.URL(address))

    assert (found[SERVER_ADDRESS], found[SERVER_PORT]) == (host, port)
