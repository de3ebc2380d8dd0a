"""What can be asked about."""

import pytest

from watchbill_stack.check.subject import Subject, WrongSubject


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("up", Subject("up")),
        ("slo:error_ratio", Subject("slo:error_ratio")),
        ("up{job}", Subject("up", "job")),
        (' up { job = "shop" } ', Subject("up", "job", "shop")),
        ("up{job='shop'}", Subject("up", "job", "shop")),
        ("up{job=shop}", Subject("up", "job", "shop")),
        ('up{job=""}', Subject("up", "job", "")),
        ('up{route="/a{b}"}', Subject("up", "route", "/a{b}")),
    ],
)
def test_a_metric_a_label_and_a_value_can_be_asked_about(text: str, subject: Subject) -> None:
    assert Subject.of(text) == subject


@pytest.mark.parametrize("text", ["", "2up", "up{", "up}", "up{}", "up{a,b}", 'up{a!="b"}', "rate(up)", "up{a=\"b'}"])
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(WrongSubject, match=r"write METRIC, METRIC\{label\}"):
        Subject.of(text)


@pytest.mark.parametrize("text", ["up", "up{job}", 'up{job="shop"}'])
def test_a_subject_reads_as_it_was_asked(text: str) -> None:
    assert str(Subject.of(text)) == text
