"""The largest value of the last seconds."""

from watchbill.runtime.peak import Peak


def test_it_is_the_largest_of_fifteen_seconds() -> None:
    peak = Peak()
    for second, value in enumerate((1.0, 7.0, 3.0)):
        peak.take(value, float(second))

    assert peak.at(2.5) == 7
    assert peak.at(15.5) == 7
    assert peak.at(16.5) == 3
    assert peak.at(60.0) == 0


def test_within_a_second_the_larger_value_stays() -> None:
    peak = Peak()
    for value in (2.0, 5.0, 4.0):
        peak.take(value, 3.2)

    assert peak.at(3.9) == 5


def test_before_the_first_value_it_is_zero() -> None:
    assert Peak().at(100.0) == 0
