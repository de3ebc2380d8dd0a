"""Exceptions as values of a label."""

import sqlite3

import pytest

from watchbill.http.failure import exception_name


class Refused(Exception):
    """An exception of an application."""


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (KeyError("secret"), "KeyError"),
        (sqlite3.OperationalError("locked"), "sqlite3.OperationalError"),
        (Refused(), f"{__name__}.Refused"),
        (ExceptionGroup("both", [KeyError(), KeyError()]), "KeyError"),
        (ExceptionGroup("deep", [KeyError(), ExceptionGroup("inner", [KeyError()])]), "KeyError"),
        (ExceptionGroup("mixed", [KeyError(), ValueError()]), "ExceptionGroup"),
        (BaseExceptionGroup("worst", [SystemExit(), ValueError()]), "BaseExceptionGroup"),
    ],
    ids=repr,
)
def test_an_exception_has_the_name_of_its_class_and_a_group_that_of_its_exceptions(
    error: BaseException, name: str
) -> None:
    assert exception_name(error) == name


def test_a_long_name_keeps_its_end() -> None:
    kind = type("Final" * 100, (Exception,), {"__module__": "far.away"})
    assert exception_name(kind()).endswith("Final")
    assert len(exception_name(kind())) == 150
