"""The names that tasks are counted under."""

from functools import partial, wraps
from typing import Any

import pytest

from watchbill.background.name import task_name


class Mailer:
    """Something with methods."""

    def send(self) -> None:
        """A method."""

    @classmethod
    def flush(cls) -> None:
        """A class method."""

    @staticmethod
    def check() -> None:
        """A static method."""

    def __call__(self) -> None:
        """An object that can be called."""


class Evasive:
    """An object whose attributes are all it is asked for."""

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self) -> None:
        """Nothing."""


def clean() -> None:
    """A function."""


def logged(function: Any) -> Any:
    @wraps(function)
    def wrapper() -> Any:
        return function()

    return wrapper


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (clean, "clean"),
        (Mailer().send, "Mailer.send"),
        (Mailer.flush, "Mailer.flush"),
        (Mailer.check, "Mailer.check"),
        (Mailer(), "Mailer"),
        (partial(clean), "clean"),
        (partial(partial(Mailer().send)), "Mailer.send"),
        (partial(Mailer()), "Mailer"),
        (logged(clean), "clean"),
        (lambda: None, "<lambda>"),
        (print, "print"),
        (Evasive(), "Evasive"),
    ],
    ids=str,
)
def test_a_task_has_the_qualified_name_of_what_it_runs(function: Any, name: str) -> None:
    assert task_name(function) == name


def test_a_function_inside_another_names_both_without_python_s_own_word_for_it() -> None:
    def inner() -> None:
        """Defined here."""

    outer = "test_a_function_inside_another_names_both_without_python_s_own_word_for_it"
    assert task_name(inner) == f"{outer}.inner"
    assert task_name(lambda: None) == f"{outer}.<lambda>"


def test_a_coroutine_is_named_after_its_function() -> None:
    async def reindex() -> None:
        """Never run."""

    work = reindex()
    try:
        assert task_name(work).endswith(".reindex")
    finally:
        work.close()


def test_a_name_is_no_longer_than_a_hundred_characters() -> None:
    function = type("Long" * 100, (), {"__call__": print})()
    assert len(task_name(function)) == 100
