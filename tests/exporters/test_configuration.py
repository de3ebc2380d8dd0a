"""The exporter's configuration file."""

from pathlib import Path

import pytest

from watchbill import Postgres, Redis, Service, Team
from watchbill.dependency import Dependency
from watchbill.errors import InvalidDeclaration
from watchbill.stack import Stack
from watchbill_alerts.receivers import Webhook
from watchbill_exporters import (
    InvalidConfiguration,
    PostgresSettings,
    RedisSettings,
    load_configuration,
    render_configuration,
)

_GOOD = """
listen: "[::1]:9200"
timeout: 2.5
targets:
  cache: {kind: redis, address: "127.0.0.1:6379", password_file: /run/secrets/redis, username: monitor}
  orders:
    kind: postgres
    address: db.example:5432
    database: shop
    user: reader
    password_file: /run/secrets/orders
    tls: true
    ca_file: /etc/ssl/own.pem
"""


def _problems(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "exporter.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidConfiguration) as caught:
        load_configuration(file)
    return [str(problem).replace(str(tmp_path), "") for problem in caught.value.problems]


def test_a_file_says_all_there_is_to_say(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yaml"
    file.write_text(_GOOD, encoding="utf-8")
    configuration = load_configuration(file)
    assert configuration.listen == "[::1]:9200"
    assert configuration.timeout == 2.5
    assert configuration.targets["cache"] == RedisSettings(
        name="cache", address="127.0.0.1:6379", password_file="/run/secrets/redis", username="monitor"
    )
    assert configuration.targets["orders"] == PostgresSettings(
        name="orders",
        address="db.example:5432",
        password_file="/run/secrets/orders",
        database="shop",
        user="reader",
        tls=True,
        ca_file="/etc/ssl/own.pem",
    )


def test_the_exporter_listens_on_loopback_unless_told_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yaml"
    file.write_text("targets: {cache: {kind: redis, address: 'cache:6379'}}", encoding="utf-8")
    assert load_configuration(file).listen.startswith("127.0.0.1:")


def test_every_mistake_is_reported_at_once_with_its_line_and_remedy(tmp_path: Path) -> None:
    problems = _problems(
        tmp_path,
        """\
listen: everywhere
timeout: 900
target: 1
targets:
  Cache: {kind: redis, address: "127.0.0.1:6379"}
  cache:
    kind: redes
    address: redis://:hunter2@127.0.0.1:6379
    passwordfile: /run/secrets/redis
  orders:
    kind: postgres
    password: hunter2
    username: reader
    tls: maybe
    ca_file: /etc/ssl/own.pem
  other: {kind: redis, address: 6379}
  other: {kind: redis, address: "127.0.0.1:6379"}
""",
    )
    lines = [int(problem.split(":")[1]) for problem in problems]
    assert lines == sorted(lines)
    text = "\n".join(problems)
    for line, cause in [
        (1, "listen is no address"),
        (2, "timeout is out of range"),
        (3, "unknown key 'target'"),
        (5, "no usable name"),
        (7, "unknown kind 'redes'"),
        (8, "no host:port"),
        (9, "unknown key 'passwordfile'"),
        (11, "has no 'address'"),
        (12, "no secret belongs in this file"),
        (13, "unknown key 'username'"),
        (14, "wrong type"),
        (15, "a ca_file but no TLS"),
        (17, "'other' twice"),
    ]:
        assert any(problem.startswith(f"/exporter.yaml:{line}:") and cause in problem for problem in problems), (
            line,
            cause,
            text,
        )
    assert "did you mean 'targets'?" in text
    assert "did you mean 'password_file'?" in text
    assert all("remedy: " in problem for problem in problems)
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "holds no settings"),
        ("- cache", "holds no settings"),
        ("targets:\n  cache: [", "is no YAML"),
        ("targets: 5", "holds no settings"),
        ("listen: 127.0.0.1:9121", "has no 'targets'"),
        ("targets: {cache: }", "holds no settings"),
        ("targets: {cache: {kind: redis, address: ''}}", "is empty"),
        ("targets: {}\ntimeout: 0x5", "no plain number"),
    ],
)
def test_a_file_of_another_shape_gives_one_clear_problem(tmp_path: Path, text: str, cause: str) -> None:
    problems = _problems(tmp_path, text)
    assert any(cause in problem for problem in problems), problems


def test_a_file_that_is_missing_or_binary_is_a_problem_too(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration, match="cannot be read"):
        load_configuration(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidConfiguration, match="no UTF-8"):
        load_configuration(tmp_path / "binary.yaml")


_TEAM = Team("shop", page=Webhook("http://127.0.0.1:1/page"), ticket=Webhook("http://127.0.0.1:1/ticket"))


def test_a_stack_renders_to_a_file_that_says_the_same(tmp_path: Path) -> None:
    cache = Redis("cache", address="cache:6379", password_file="/run/secrets/cache", username="monitor")
    orders = Postgres("orders", address="db:5432", password_file="/run/secrets/orders", database="shop", user="reader")
    shop = Service("shop", team=_TEAM, uses=[cache, orders])
    search = Service("search", team=_TEAM, uses=[orders, Redis("sessions")])
    text = render_configuration(Stack(shop, search), listen="127.0.0.1:9121")
    assert text == render_configuration(Stack(shop, search), listen="127.0.0.1:9121")
    assert text.startswith("# Generated by watchbill")
    file = tmp_path / "exporter.yaml"
    file.write_text(text, encoding="utf-8")
    configuration = load_configuration(file)
    assert configuration.listen == "127.0.0.1:9121"
    assert dict(configuration.targets) == {
        "cache": RedisSettings(
            name="cache", address="cache:6379", password_file="/run/secrets/cache", username="monitor"
        ),
        "orders": PostgresSettings(
            name="orders", address="db:5432", password_file="/run/secrets/orders", database="shop", user="reader"
        ),
        "sessions": RedisSettings(name="sessions", address="127.0.0.1:6379"),
    }


def test_a_stack_without_dependencies_renders_to_a_file_that_loads(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yaml"
    file.write_text(render_configuration(Stack(Service("shop", team=_TEAM)), listen="127.0.0.1:9121"), encoding="utf-8")
    assert dict(load_configuration(file).targets) == {}


def test_a_dependency_that_no_exporter_reads_is_an_error_that_names_it() -> None:
    shop = Service("shop", team=_TEAM, uses=[Dependency("broker", address="127.0.0.1:5672")])
    with pytest.raises(InvalidDeclaration, match="broker"):
        render_configuration(Stack(shop), listen="127.0.0.1:9121")
