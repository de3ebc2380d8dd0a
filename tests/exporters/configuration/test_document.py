"""The exporter's configuration file."""

from pathlib import Path

import pytest

from watchbill_exporters import InvalidConfiguration, PostgresSettings, RedisSettings, load_configuration
from watchbill_exporters.configuration.address import Address

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


_MODULES = """
modules:
  fast:
    kind: redis
    username: monitor
    password_file: secrets/cache
    tls: true
    ca_file: own.pem
    server_name: cache.internal
    allow: ["*.cache.svc:6379", "10.1.0.0/16:6379-6389"]
    file_sd: [targets/*.yml]
targets:
  cache: {module: fast, address: "127.0.0.1:6379", username: other, on_metrics: true}
"""


def test_a_target_has_the_settings_of_its_module_but_for_its_own(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yaml"
    file.write_text(_MODULES, encoding="utf-8")
    assert load_configuration(file).targets["cache"] == RedisSettings(
        name="cache",
        address="127.0.0.1:6379",
        username="other",
        password_file=str(tmp_path / "secrets" / "cache"),
        tls=True,
        ca_file=str(tmp_path / "own.pem"),
        server_name="cache.internal",
        on_metrics=True,
    )


def test_a_module_makes_a_target_at_each_address(tmp_path: Path) -> None:
    file = tmp_path / "exporter.yaml"
    file.write_text(_MODULES, encoding="utf-8")
    module = load_configuration(file).modules["fast"]
    target = module.settings_at(Address.parse("Redis-1.Cache.SVC:6379"))
    assert (target.name, target.address) == ("redis-1.cache.svc:6379", "redis-1.cache.svc:6379")
    assert target.certified_name == "cache.internal"
    assert module.files == (str(tmp_path / "targets" / "*.yml"),)


def test_a_mistake_of_a_module_is_told_once_however_many_targets_use_it(tmp_path: Path) -> None:
    problems = _problems(
        tmp_path,
        """\
modules:
  fast:
    kind: redis
    tls: perhaps
    usrname: monitor
    allow: ["*:6379", "10.0.0.0/0:6379", "cache:6379"]
    file_sd: [targets.txt]
  Slow: {kind: redis}
targets:
  a: {module: fast, address: "127.0.0.1:1", datbase: 1}
  b: {module: fast, address: "127.0.0.1:2", kind: redis}
  c: {module: quick, address: "127.0.0.1:3"}
  d: {module: fast}
  e: {kind: redis, address: "127.0.0.1:4", password_file: a, password_variable: PATH, tls: true, cert_file: c}
""",
    )
    expected = [
        (4, "wrong type"),
        (5, "unknown key 'usrname'"),
        (6, "pattern 1 of module 'fast'"),
        (6, "pattern 2 of module 'fast'"),
        (7, "is no discovery file"),
        (8, "no usable name"),
        (10, "unknown key 'datbase'"),
        (11, "a kind beside its module"),
        (12, "names a module that there is not"),
        (13, "has no 'address'"),
        (14, "in a file and in a variable"),
        (14, "has only a cert_file"),
    ]
    assert len(problems) == len(expected), "\n".join(problems)
    for line, cause in expected:
        assert any(one.startswith(f"/exporter.yaml:{line}:") and cause in one for one in problems), (line, cause)


def test_a_key_that_swallowed_its_value_is_not_repeated(tmp_path: Path) -> None:
    problems = _problems(tmp_path, "targets: {cache: {kind: redis, address: 'a:1', password hunter2}}")
    assert problems
    assert "hunter2" not in "".join(problems)


@pytest.mark.parametrize("text", ["targets: " + "[" * 500, "targets: &a [*a]", "targets: {a: &b {kind: *b}}"])
def test_yaml_without_end_is_one_problem(tmp_path: Path, text: str) -> None:
    assert _problems(tmp_path, text)


def test_a_url_in_place_of_a_path_is_not_repeated(tmp_path: Path) -> None:
    problems = _problems(
        tmp_path, "targets: {cache: {kind: redis, address: 'a:1', password_file: 'redis://:hunter2@a:1'}}"
    )
    assert problems == [
        "/exporter.yaml:1: 'password_file' of target 'cache' is a URL\n  remedy: give the path of a file"
    ]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("targets: {a: {password: *hunter2}}", "found undefined alias\n"),
        ("targets: {a: {password: !hunter2!x y}}", "found undefined tag handle\n"),
        ("listen: &hunter2 a\ntimeout: &hunter2 5", "found an anchor twice\n"),
        ("targets: {'redis://:hunter2@h:1': }", "no usable name"),
        ("modules: {'redis://:hunter2@h:1': {}}", "no usable name"),
        ("targets: {a: {kind: redis, address: 'a:1', password_variable: hunter2}}", "empty or not set"),
    ],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(tmp_path: Path, text: str, cause: str) -> None:
    problems = "\n".join(_problems(tmp_path, text))
    assert cause in problems
    assert "hunter2" not in problems


@pytest.mark.parametrize("escape", ["\\0", "\\ud800"])
@pytest.mark.parametrize(
    "text",
    [
        'web: {bearer_token_file: "a%s"}',
        'web: {config_file: "a%s"}',
        'modules: {m: {kind: redis, file_sd: ["a%s.yml"]}}',
        'targets: {a: {kind: redis, address: "a:1", username: "a%s"}}',
    ],
)
def test_a_character_that_no_text_has_is_one_problem(tmp_path: Path, text: str, escape: str) -> None:
    (problem,) = _problems(tmp_path, text % escape)
    assert problem.startswith("/exporter.yaml:1: is no YAML: found an escape of a character that no text has")


def test_a_mistake_of_the_web_file_has_a_remedy_for_that_file(tmp_path: Path) -> None:
    (tmp_path / "web.yml").write_text("[]", encoding="utf-8")
    problems = _problems(tmp_path, "web: {config_file: web.yml}\ntargets: {}")
    assert problems == ["/web.yml:1: holds no settings\n  remedy: give `key: value` lines"]
