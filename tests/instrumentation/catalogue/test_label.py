"""Labels: names, values, bounds, and who puts them on a series."""

from typing import Any

import pytest

from watchbill.catalogue.label import RESERVED, Label, Origin
from watchbill.errors import InvalidDeclaration


def test_a_label_with_values_is_a_closed_set() -> None:
    label = Label(name="tier", help="The tier.", values=("gold", "silver"))

    assert label.is_closed
    assert label.limit == 2


def test_a_label_with_a_bound_is_open_up_to_it() -> None:
    label = Label(name="tenant", help="The tenant.", bound=50)

    assert not label.is_closed
    assert label.limit == 50


def test_values_under_a_larger_bound_are_only_the_known_ones() -> None:
    label = Label(name="tier", help="The tier.", values=("gold", "silver"), bound=5)

    assert not label.is_closed
    assert label.limit == 5


@pytest.mark.parametrize("name", ["", "1st", "half-life", "a.b", "a b", "é", "__name__", "__private"])
def test_what_prometheus_takes_for_no_label_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidDeclaration, match="a label name has letters, digits and underscores"):
        Label(name=name, help="Something.", bound=1)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_label_that_kubernetes_puts_on_targets_is_refused_from_code(name: str) -> None:
    with pytest.raises(InvalidDeclaration, match=f"'{name}' belongs to the target"):
        Label(name=name, help="Something.", bound=1)


@pytest.mark.parametrize("origin", [Origin.TARGET, Origin.EXTERNAL])
def test_a_reserved_name_is_free_for_labels_that_code_does_not_emit(origin: Origin) -> None:
    assert Label(name="service", help="The service.", bound=1, origin=origin).origin is origin


def test_a_label_without_values_or_bound_is_refused() -> None:
    with pytest.raises(InvalidDeclaration, match="give its values, or a bound on their number"):
        Label(name="tenant", help="The tenant.")


def test_a_bound_under_the_number_of_values_is_refused() -> None:
    with pytest.raises(InvalidDeclaration, match="bound 1 is under its 2 values"):
        Label(name="tier", help="The tier.", values=("gold", "silver"), bound=1)


def test_a_value_that_stands_twice_is_refused() -> None:
    with pytest.raises(InvalidDeclaration, match="a value stands twice"):
        Label(name="tier", help="The tier.", values=("gold", "gold"))


def test_all_contradictions_of_a_label_are_named_at_once() -> None:
    with pytest.raises(InvalidDeclaration) as caught:
        Label(name="job", help="Something.")

    assert caught.value.subject == "label 'job'"
    assert len(caught.value.faults) == 2


def test_conditions_keep_label_operator_and_value() -> None:
    label = Label(name="tier", help="The tier.", bound=2)
    conditions = [label.equals("a"), label.differs("a"), label.matches("a.*"), label.excludes("a.*")]

    assert [condition.operator for condition in conditions] == ["=", "!=", "=~", "!~"]
    assert {condition.label for condition in conditions} == {label}
    assert conditions[2].value == "a.*"


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"values": "card"}, 'values=\'card\' is no tuple of texts; write values=("card", "invoice")'),
        ({"values": (1, 2)}, 'values=(1, 2) is no tuple of texts; write values=("card", "invoice")'),
        ({"bound": "10"}, "bound='10' is no whole number"),
        ({"bound": 5, "name": None}, "name=None is no text"),
        ({"bound": 5, "help": None}, "help=None is no text"),
    ],
)
def test_what_is_of_the_wrong_kind_is_told(wrong: dict[str, Any], fault: str) -> None:
    given: dict[str, Any] = {"name": "payment", "help": "How it is paid.", **wrong}

    with pytest.raises(InvalidDeclaration) as caught:
        Label(**given)

    assert caught.value.faults == (fault,)


def test_values_in_a_list_are_those_in_a_tuple() -> None:
    listed: Any = ["card", "invoice"]

    assert Label(name="payment", help="How.", values=listed) == Label(name="payment", help="How.", values=tuple(listed))
