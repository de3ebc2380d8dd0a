"""Dependencies: the servers a service uses."""

from typing import Any

import pytest

from watchbill.dependency import Dependency, Postgres, Redis, is_address


@pytest.mark.parametrize(
    "address", ["127.0.0.1:6379", "cache.internal:1", "cache_1:65535", "[::1]:6379", "[fe80::1]:80"]
)
def test_an_address_is_host_and_port(address: str) -> None:
    assert is_address(address)
    assert list(Redis("cache", address=address).problems()) == []


@pytest.mark.parametrize(
    "address",
    [
        "",
        "cache",
        "cache:",
        ":6379",
        "cache:0",
        "cache:65536",
        "redis://cache:6379",
        "cache:6379/0",
        "::1:6379",
        "a:\u0665",
    ],
)
def test_anything_else_is_no_address(address: str) -> None:
    (problem,) = Redis("cache", address=address).problems()

    assert problem.cause == f"Redis 'cache' has the address {address!r}"
    assert problem.remedy == 'give address="host:port"; a password goes into a file named by password_file'


def test_a_password_in_an_address_is_not_shown() -> None:
    (problem,) = Redis("cache", address="redis://default:s3cret@cache:6379").problems()

    assert "s3cret" not in str(problem)
    assert "'…@cache:6379'" in problem.cause


@pytest.mark.parametrize("name", ["", "Cache", "1cache", "cache_1", "-cache", "c" * 30, "cåche", "cache\n"])
def test_a_name_fits_labels_files_and_addresses(name: str) -> None:
    (problem,) = Postgres(name).problems()

    assert problem.cause == f"{name!r} is no dependency name"
    assert problem.remedy.startswith("use lower-case letters, digits and hyphens")


@pytest.mark.parametrize("size", [0, -1, True, 1.5, "30", [30]])
def test_a_pool_has_a_whole_number_of_connections(size: Any) -> None:
    (problem,) = Postgres("orders", pool_max=size).problems()

    assert problem.cause == f"pool_max={size!r} is no size of a pool"


def test_what_is_optional_may_be_left_out() -> None:
    assert list(Postgres("orders", pool_max=None, password_file=None).problems()) == []
    assert list(Redis("cache", username=None, password_file=None).problems()) == []


@pytest.mark.parametrize("wrong", [5, "", b"text", ["text"]])
def test_texts_are_texts_and_wrong_ones_are_not_shown(wrong: Any) -> None:
    problems = [
        *Redis("cache", password_file=wrong, username=wrong).problems(),
        *Postgres("orders", database=wrong, user=wrong).problems(),
    ]

    assert [problem.cause for problem in problems] == [
        "password_file of Redis 'cache' is no text, or empty",
        "username of Redis 'cache' is no text, or empty",
        "database of PostgreSQL 'orders' is no text, or empty",
        "user of PostgreSQL 'orders' is no text, or empty",
    ]


def test_a_dependency_of_no_kind_is_a_problem() -> None:
    (problem,) = Dependency("cache", address="cache:6379").problems()

    assert problem.remedy == "use one of its kinds, such as Redis"


def test_all_mistakes_of_one_dependency_are_found_at_once() -> None:
    assert len(list(Postgres("Orders", address="orders", pool_max=0).problems())) == 3
