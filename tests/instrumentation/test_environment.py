"""The environment's switches and the service's identity."""

import pytest

from watchbill import InvalidDeclaration, Switches
from watchbill.environment import Identity


def test_an_empty_environment_switches_everything_on() -> None:
    assert Switches.of({}) == Switches(monitoring=True, metrics=True, logs=True, level="INFO", env="production")


@pytest.mark.parametrize("word", ["false", "0", "no", "off", "FALSE", " off "])
def test_a_switch_is_turned_off_by_any_usual_word(word: str) -> None:
    environ = {"MONITORING_ENABLED": word, "PROMETHEUS_ENABLED": word, "STRUCTURED_LOGGING": word}
    found = Switches.of(environ)
    assert (found.monitoring, found.metrics, found.logs) == (False, False, False)


def test_level_and_environment_are_read_in_any_case() -> None:
    assert Switches.of({"LOG_LEVEL": "debug", "ENVIRONMENT": "Staging"}) == Switches(level="DEBUG", env="staging")


def test_every_unreadable_switch_is_listed_at_once() -> None:
    with pytest.raises(InvalidDeclaration) as caught:
        Switches.of({"MONITORING_ENABLED": "perhaps", "LOG_LEVEL": "loud"})
    assert [fault.split("=")[0] for fault in caught.value.faults] == ["MONITORING_ENABLED", "LOG_LEVEL"]


def test_watchbills_own_variables_come_before_opentelemetrys() -> None:
    environ = {
        "WATCHBILL_SERVICE": "shop",
        "OTEL_SERVICE_NAME": "other",
        "OTEL_RESOURCE_ATTRIBUTES": "service.name=third, service.version=2",
        "WATCHBILL_REVISION": "abc",
    }
    assert Identity.of(environ) == Identity(service="shop", version="2", revision="abc")


def test_resource_attributes_are_decoded() -> None:
    found = Identity.of({"OTEL_RESOURCE_ATTRIBUTES": "service.name=shop,service.version=1%2C2"})
    assert found.version == "1,2"
