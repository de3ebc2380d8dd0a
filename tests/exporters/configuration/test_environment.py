"""The exporter's configuration in variables of the environment."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from watchbill_exporters import Configuration, InvalidConfiguration, PostgresSettings, RedisSettings, load_configuration
from watchbill_exporters.reason import TargetDown

_TARGETS = "WATCHBILL_EXPORTER_TARGETS"
_B_PASSWORD_FILE = "WATCHBILL_EXPORTER_B_PASSWORD_FILE"


def _problems(environ: Mapping[str, str], path: Path | None = None) -> str:
    with pytest.raises(InvalidConfiguration) as caught:
        load_configuration(path, environ)
    return str(caught.value)


def _loaded(**options: str) -> Configuration:
    return load_configuration(None, {f"WATCHBILL_EXPORTER_{name}": value for name, value in options.items()})


def test_variables_say_all_there_is_to_say(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("t", encoding="utf-8")
    configuration = _loaded(
        LISTEN="0.0.0.0:9200",
        TIMEOUT="2.5",
        WEB_BEARER_TOKEN_FILE=str(token),
        TARGETS="cache-eu=rediss://monitor@10.0.0.5:6379, orders=postgres://reader@db:5432/shop",
        CACHE_EU_PASSWORD_FILE="/run/secrets/cache",
        CACHE_EU_CA_FILE="/etc/ssl/own.pem",
        ORDERS_PASSWORD="hunter2",
        CACHE_LESS="",
    )
    assert (configuration.listen, configuration.timeout) == ("0.0.0.0:9200", 2.5)
    assert configuration.web.bearer_token_file == str(token)
    assert dict(configuration.targets) == {
        "cache-eu": RedisSettings(
            name="cache-eu",
            address="10.0.0.5:6379",
            username="monitor",
            password_file="/run/secrets/cache",
            tls=True,
            ca_file="/etc/ssl/own.pem",
        ),
        "orders": PostgresSettings(
            name="orders",
            address="db:5432",
            user="reader",
            database="shop",
            password_variable="WATCHBILL_EXPORTER_ORDERS_PASSWORD",
        ),
    }
    assert "hunter2" not in repr(configuration)


def test_the_only_target_of_an_environment_is_on_metrics() -> None:
    assert _loaded(TARGETS="cache=redis://a:1").targets["cache"].on_metrics
    assert not _loaded(TARGETS="cache=redis://a:1", CACHE_ON_METRICS="false").targets["cache"].on_metrics
    two = _loaded(TARGETS="a=redis://a:1,b=redis://b:1", B_ON_METRICS="true").targets
    assert [target.on_metrics for target in two.values()] == [False, True]


def test_a_password_in_a_variable_is_read_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = _loaded(TARGETS="cache=redis://a:1", CACHE_PASSWORD="x").targets["cache"].secret
    assert secret is not None
    monkeypatch.setenv("WATCHBILL_EXPORTER_CACHE_PASSWORD", "hunter2")
    assert secret.read() == "hunter2"
    assert "hunter2" not in repr(secret)
    monkeypatch.delenv("WATCHBILL_EXPORTER_CACHE_PASSWORD")
    with pytest.raises(TargetDown, match="WATCHBILL_EXPORTER_CACHE_PASSWORD is empty or not set"):
        secret.read()


def test_a_variable_wins_over_the_file_and_adds_to_its_targets(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yaml"
    file.write_text("timeout: 1\ntargets: {cache: {kind: redis, address: 'a:1', username: one}}", encoding="utf-8")
    environ = {
        "WATCHBILL_EXPORTER_TIMEOUT": "3",
        "WATCHBILL_EXPORTER_CACHE_USERNAME": "two",
        _TARGETS: "other=redis://b:1",
    }
    configuration = load_configuration(file, environ)
    assert configuration.timeout == 3
    assert configuration.targets["cache"] == RedisSettings(name="cache", address="a:1", username="two")
    assert configuration.targets["other"] == RedisSettings(name="other", address="b:1")


def test_the_longest_name_of_a_target_counts() -> None:
    targets = _loaded(TARGETS="a=redis://a:1,a-b=redis://b:1", A_B_USERNAME="x").targets
    assert targets["a-b"] == RedisSettings(name="a-b", address="b:1", username="x")
    assert targets["a"] == RedisSettings(name="a", address="a:1")


def test_every_mistake_is_reported_at_once_with_its_variable_and_remedy(tmp_path: Path) -> None:
    text = _problems(
        {
            "WATCHBILL_EXPORTER_LISTEN": "everywhere",
            "WATCHBILL_EXPORTER_TIMEOUT": "long",
            "WATCHBILL_EXPORTER_LISTE": "1",
            "WATCHBILL_EXPORTER_WEB_CONFIG_FILE": str(tmp_path / "none.yml"),
            _TARGETS: (
                "Cache=redis://a:1,b=redis://:hunter2@a:1,c=redes://a:1,d=redis://a:1/5,e=redis://a:1?x=hunter2,"
                "f=redis,g=redis://a:1,g=redis://a:1"
            ),
            "WATCHBILL_EXPORTER_G_PASSWORDFILE": "hunter2",
            "WATCHBILL_EXPORTER_G_TLS": "hunter2",
            "WATCHBILL_EXPORTER_G_USERNAME": "hunter2\udcff",
        }
    )
    for cause in (
        "WATCHBILL_EXPORTER_LISTEN: listen is no address",
        "WATCHBILL_EXPORTER_TIMEOUT: 'timeout' of the environment is no plain number",
        "WATCHBILL_EXPORTER_LISTE: names no setting and no target\n  remedy: did you mean WATCHBILL_EXPORTER_LISTEN?",
        "none.yml:1: cannot be read",
        f"{_TARGETS}: target 1 has no usable name",
        f"{_TARGETS}: the URL of target 'b' holds a password\n  remedy: leave it out, and set {_B_PASSWORD_FILE}",
        f"{_TARGETS}: target 'c' has no known kind",
        f"{_TARGETS}: the URL of target 'd' has a part that a redis target has not",
        f"{_TARGETS}: the URL of target 'e' has parameters",
        f"{_TARGETS}: target 'f' has no 'address'\n",
        f"{_TARGETS}: target 'g' is given twice",
        "WATCHBILL_EXPORTER_G_PASSWORDFILE: target 'g' has the unknown key 'passwordfile'",
        "  remedy: did you mean WATCHBILL_EXPORTER_G_PASSWORD_FILE?",
        "WATCHBILL_EXPORTER_G_TLS: 'tls' of target 'g' has the wrong type",
        "WATCHBILL_EXPORTER_G_USERNAME: is no UTF-8 text",
    ):
        assert cause in text, (cause, text)
    assert "hunter2" not in text


def test_a_target_that_file_and_environment_both_declare_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yaml"
    file.write_text("targets: {cache: {kind: redis, address: 'a:1'}}", encoding="utf-8")
    assert "target 'cache' is in the file as well" in _problems({_TARGETS: "cache=redis://b:1"}, file)


def test_an_environment_without_targets_says_how_to_give_them() -> None:
    assert _problems({}) == (
        f"{_TARGETS}: the environment has no 'targets'\n  remedy: set {_TARGETS}, or give --config FILE"
    )


def test_where_a_variable_says_where_the_password_is_the_file_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSWORD", "x")
    file = tmp_path / "exporter.yaml"
    file.write_text(
        """
modules: {fast: {kind: redis, password_file: /run/a}}
targets:
  one: {kind: redis, address: "a:1", password_file: /run/b}
  two: {module: fast, address: "a:2"}
  three: {module: fast, address: "a:3", password_variable: PASSWORD}
""",
        encoding="utf-8",
    )
    environ = {"WATCHBILL_EXPORTER_ONE_PASSWORD": "x", "WATCHBILL_EXPORTER_TWO_PASSWORD": "x"}
    targets = load_configuration(file, environ).targets
    assert {name: (one.password_file, one.password_variable) for name, one in targets.items()} == {
        "one": (None, "WATCHBILL_EXPORTER_ONE_PASSWORD"),
        "two": (None, "WATCHBILL_EXPORTER_TWO_PASSWORD"),
        "three": (None, "PASSWORD"),
    }


def test_variables_that_kubernetes_sets_for_services_of_such_names_are_no_mistake() -> None:
    kubernetes = {
        "SERVICE_HOST": "10.0.0.1",
        "SERVICE_PORT": "9121",
        "SERVICE_PORT_HTTP": "9121",
        "PORT": "tcp://10.0.0.1:9121",
        "PORT_9121_TCP": "tcp://10.0.0.1:9121",
        "PORT_9121_TCP_PROTO": "tcp",
        "PORT_9121_TCP_PORT": "9121",
        "PORT_9121_TCP_ADDR": "10.0.0.1",
        "CACHE_SERVICE_HOST": "10.0.0.2",
        "CACHE_PORT_6379_TCP_ADDR": "10.0.0.2",
    }
    assert set(_loaded(TARGETS="cache=redis://a:1", **kubernetes).targets) == {"cache"}


@pytest.mark.parametrize(
    ("targets", "cause"),
    [
        ("redis://a:1", "target 1 has no usable name"),
        ("b=redis://:hunter2@a:1", "the URL of target 'b' holds a password"),
        ("b=redes://a:1", "target 'b' has no known kind"),
        ("b=redis://a:1/5", "the URL of target 'b' has a part that a redis target has not"),
    ],
)
def test_one_mistake_in_a_target_is_one_problem(targets: str, cause: str) -> None:
    (problem, _remedy) = _problems(
        {_TARGETS: targets, _B_PASSWORD_FILE: "x"} if "b=" in targets else {_TARGETS: targets}
    ).splitlines()
    assert problem == f"{_TARGETS}: {cause}"
