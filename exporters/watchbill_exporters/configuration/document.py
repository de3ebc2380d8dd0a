"""The configuration file: YAML read with its line numbers, so that every mistake names its place."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import yaml

from watchbill.dependency import is_address
from watchbill.problem import Place, Problem
from watchbill.team import NAME_RULE, is_name
from watchbill_exporters.configuration.invalid import InvalidConfiguration
from watchbill_exporters.configuration.section import Section
from watchbill_exporters.configuration.settings import (
    DEFAULT_DATABASE,
    DEFAULT_LISTEN,
    DEFAULT_TIMEOUT,
    DEFAULT_USER,
    Configuration,
    PostgresSettings,
    RedisSettings,
    Settings,
)
from watchbill_exporters.deadline import LONGEST_BUDGET

_COMMON_KEYS = ("kind", "address", "password_file", "tls", "ca_file")
_KIND_KEYS: Mapping[str, tuple[str, ...]] = {
    RedisSettings.kind: (*_COMMON_KEYS, "username"),
    PostgresSettings.kind: (*_COMMON_KEYS, "database", "user"),
}
_ADDRESS_RULE = "give host:port alone; a user and a password have keys of their own"


def load_configuration(path: Path) -> Configuration:
    """The configuration in a file; raises InvalidConfiguration with all its mistakes."""
    problems: list[Problem] = []
    root = _root(path, problems)
    if root is None:
        raise InvalidConfiguration(problems)
    root.only("listen", "timeout", "targets")
    listen = root.text("listen") or DEFAULT_LISTEN
    if not is_address(listen):
        root.fault("listen", "listen is no address", "give host:port, such as 127.0.0.1:9121")
    configuration = Configuration(
        listen=listen,
        timeout=_timeout(root),
        targets=MappingProxyType({settings.name: settings for settings in _targets(root)}),
    )
    if problems:
        raise InvalidConfiguration(problems)
    return configuration


def _root(path: Path, problems: list[Problem]) -> Section | None:
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        problems.append(Problem(Place(str(path), 1), f"cannot be read: {error.strerror}", "name a file that exists"))
    except UnicodeDecodeError:
        problems.append(Problem(Place(str(path), 1), "is no UTF-8 text", "save it as UTF-8"))
    except yaml.YAMLError as error:
        problems.append(_syntax(path, error))
    else:
        if isinstance(node, yaml.MappingNode):
            return Section(node, str(path), "the file", problems)
        problems.append(Problem(Place(str(path), 1), "holds no settings", "start with `targets:`"))
    return None


def _syntax(path: Path, error: yaml.YAMLError) -> Problem:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    cause = error.problem if isinstance(error, yaml.MarkedYAMLError) else None
    line = mark.line + 1 if mark is not None else 1
    return Problem(Place(str(path), line), f"is no YAML: {cause or 'it cannot be read'}", "correct this line")


def _timeout(root: Section) -> float:
    seconds = root.number("timeout")
    if seconds is None:
        return DEFAULT_TIMEOUT
    if not 0 < seconds <= LONGEST_BUDGET:
        root.fault("timeout", "timeout is out of range", f"give seconds above 0, at most {LONGEST_BUDGET:g}")
    return seconds


def _targets(root: Section) -> Iterator[Settings]:
    targets = root.section("targets")
    if targets is None:
        return
    for name in targets.keys():  # noqa: SIM118  # a Section is no mapping
        if not is_name(name):
            targets.fault(name, "a target has no usable name", NAME_RULE)
        target = targets.section(name, f"target {name!r}")
        settings = _target(name, target) if target is not None else None
        if settings is not None:
            yield settings


def _target(name: str, target: Section) -> Settings | None:
    kind = target.text("kind", required="use redis or postgres")
    if kind is not None and kind not in _KIND_KEYS:
        target.fault("kind", f"{target.title} has the unknown kind {kind!r}", "use redis or postgres")
    target.only(*_KIND_KEYS.get(kind or "", (*_COMMON_KEYS, "username", "database", "user")))
    address = target.text("address", required=_ADDRESS_RULE)
    # The value is not repeated: a URL in its place may hold a password.
    if address is not None and not is_address(address):
        target.fault("address", f"{target.title} has no host:port as its address", _ADDRESS_RULE)
        address = None
    password_file, tls, ca_file = target.text("password_file"), target.flag("tls"), target.text("ca_file")
    if ca_file is not None and not tls:
        target.fault("ca_file", f"{target.title} has a ca_file but no TLS", "add `tls: true`, or remove ca_file")
    user, username, database = target.text("user"), target.text("username"), target.text("database")
    if address is None:
        return None
    if kind == RedisSettings.kind:
        return RedisSettings(
            name=name, address=address, password_file=password_file, tls=tls, ca_file=ca_file, username=username
        )
    return PostgresSettings(
        name=name,
        address=address,
        password_file=password_file,
        tls=tls,
        ca_file=ca_file,
        database=database or DEFAULT_DATABASE,
        user=user or DEFAULT_USER,
    )
