"""An address has the name that was declared for it."""

import httpx
import pytest

from watchbill import InvalidDeclaration
from watchbill.catalogue.outbound import UNDECLARED
from watchbill.outbound.upstreams import Upstreams

DECLARED = {
    "api.stripe.com": "payments",
    "api.test:8443": "admin",
    "https://api.test/v1": "first",
    "api.test/v1/users": "users",
    "[::1]:8080": "local",
    "fe80::1": "link",
    "*.bucket.test": "storage",
    "logs.bucket.test": "logs",
    "bücher.test": "books",
}


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://api.stripe.com/v1/charges", "payments"),
        ("http://API.Stripe.com:81/", "payments"),
        ("https://user:word@api.stripe.com/", "payments"),
        ("https://api.stripe.com.evil.test/", UNDECLARED),
        ("https://evil.test/api.stripe.com", UNDECLARED),
        ("https://api.test/v1", "first"),
        ("https://api.test/v1?page=2", "first"),
        ("https://api.test/v1/orders", "first"),
        ("https://api.test/v10", UNDECLARED),
        ("http://api.test/v1", UNDECLARED),
        ("http://api.test/v1/users/7", "users"),
        ("https://api.test/v1/users/7", "users"),
        ("https://api.test:8443/other", "admin"),
        ("https://api.test:8443/v1/users", "users"),
        ("http://[::1]:8080/", "local"),
        ("http://[::1]/", UNDECLARED),
        ("http://[fe80::1]/", "link"),
        ("https://a.bucket.test/x", "storage"),
        ("https://a.b.bucket.test/x", "storage"),
        ("https://logs.bucket.test/x", "logs"),
        ("https://bucket.test/x", UNDECLARED),
        ("https://bücher.test/x", "books"),
        ("https://xn--bcher-kva.test/x", "books"),
    ],
)
def test_the_closest_declaration_names_an_address(address: str, name: str) -> None:
    assert Upstreams(DECLARED).name(httpx.URL(address)) == name


def test_a_name_alone_holds_for_every_address() -> None:
    upstreams = Upstreams("shop")

    assert upstreams.name(httpx.URL("https://anywhere.test/")) == "shop"
    assert upstreams.names == ("shop",)


def test_a_name_of_blanks_is_none() -> None:
    with pytest.raises(InvalidDeclaration):
        Upstreams("  ")


def test_without_a_declaration_everything_is_undeclared() -> None:
    assert Upstreams({}).name(httpx.URL("https://anywhere.test/")) == UNDECLARED


def test_names_are_listed_once() -> None:
    assert Upstreams({"a.test": "a", "b.test": "a", "c.test": "c"}).names == ("a", "c", UNDECLARED)


@pytest.mark.parametrize("key", ["", "http://", "a.test?x=1", "a.test#x", "user@a.test", "a.test:port"])
def test_what_is_no_address_is_refused(key: str) -> None:
    with pytest.raises(InvalidDeclaration):
        Upstreams({key: "a"})
