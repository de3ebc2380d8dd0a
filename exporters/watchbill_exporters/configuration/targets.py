"""Targets and modules of the configuration."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from watchbill.dependency import is_address
from watchbill.team import NAME_RULE, is_name
from watchbill_exporters.configuration.allowance import RULE as PATTERN_RULE
from watchbill_exporters.configuration.allowance import Allowance, InvalidPattern, Pattern
from watchbill_exporters.configuration.discovery import MOST_FILES
from watchbill_exporters.configuration.discovery_file import SUFFIXES
from watchbill_exporters.configuration.section import Section, shown
from watchbill_exporters.configuration.settings import Module, Settings
from watchbill_exporters.kind import Kind
from watchbill_exporters.kinds import KINDS

TLS_KEYS = ("ca_file", "cert_file", "key_file", "server_name")
_PASSWORDS = ("password_file", "password_variable")
CREDENTIALS = (*_PASSWORDS, "tls", *TLS_KEYS)
TARGET_KEYS = ("kind", "module", "address", "on_metrics", *CREDENTIALS)
MODULE_KEYS = ("kind", *CREDENTIALS, "allow", "file_sd")
_OF_MODULES_ALONE = ("kind", "allow", "file_sd")
_ADDRESS_RULE = "give host:port alone; a user and a password have keys of their own"
_KEYS_OF_ALL = tuple(dict.fromkeys(key for kind in KINDS.values() for key in kind.keys))
_MOST_PATTERNS = 1000


@dataclass(frozen=True, slots=True)
class ModuleSection:
    """A module as it is written; a target adds to it."""

    section: Section
    kind: Kind | None


def module_sections(modules: Section | None) -> Mapping[str, ModuleSection]:
    """Every module by its name."""
    if modules is None:
        return {}
    named = {name: modules.optional(name, f"module {shown(name)}") for name in _names(modules, "module")}
    return {name: ModuleSection(one, _kind(one)) for name, one in named.items() if one is not None}


def read_module(name: str, module: ModuleSection) -> Module | None:
    """A module that can be used for addresses, or None when it is wrong."""
    section, kind = module.section, module.kind
    section.only(*MODULE_KEYS, *(_KEYS_OF_ALL if kind is None else kind.keys))
    allowance, files = _allowance(section), _files(section)
    if kind is None:
        return None
    for key in ("allow", "file_sd"):
        if section.has(key) and kind.address == "none":
            section.fault(key, f"{section.title} has {key!r}, but its kind has no addresses", "remove it")
    # Kinds look for what must be there when a target has a name: targets by address have what the module has.
    complete = bool(allowance.patterns or files)
    template = _settings(kind, section if complete else section.as_part(), name=name if complete else "", address="")
    return None if template is None else Module(name=name, template=template, allowance=allowance, files=files)


def target_names(targets: Section) -> Iterator[str]:
    """The names of all targets, each checked."""
    return _names(targets, "target")


def read_target(
    name: str, target: Section, modules: Mapping[str, ModuleSection], *, on_metrics: bool = False
) -> Settings | None:
    """A target, or None when it is wrong; `on_metrics` counts where the target does not say."""
    settings = _target_read(name, target, modules)
    return replace(settings, on_metrics=True) if settings and on_metrics and not target.has("on_metrics") else settings


def _target_read(name: str, target: Section, modules: Mapping[str, ModuleSection]) -> Settings | None:
    if target.has("module"):
        return _target_of_module(name, target, modules)
    kind = _kind(target)
    target.only(*_keys(kind))
    return _target(name, kind, target)


def beneath(section: Section, keys: Sequence[str]) -> Section:
    """A section that others lie over: where one of those says where the password is, this one does not."""
    return section.without(*_PASSWORDS) if any(key in keys for key in _PASSWORDS) else section


def _keys(kind: Kind | None) -> tuple[str, ...]:
    if kind is None:
        return (*TARGET_KEYS, *_KEYS_OF_ALL)
    return (*(key for key in TARGET_KEYS if key != "address" or kind.address != "none"), *kind.keys)


def _target_of_module(name: str, target: Section, modules: Mapping[str, ModuleSection]) -> Settings | None:
    title = target.text("module")
    if target.has("kind"):
        target.fault("kind", f"{target.title} has a kind beside its module", "remove it: the module has one")
    module = modules.get(title or "")
    if module is None:
        if title is not None:
            known = f"use one of: {', '.join(modules)}" if modules else "declare it under `modules:`"
            target.fault("module", f"{target.title} names a module that there is not", known)
        return None
    target.only(*_keys(module.kind))
    inherited = beneath(module.section.without(*_OF_MODULES_ALONE), target.keys())
    return _target(name, module.kind, target.over(inherited))


def _target(name: str, kind: Kind | None, target: Section) -> Settings | None:
    needs = kind is None or kind.address == "needed"
    address = target.text("address", required=_ADDRESS_RULE if needs else None)
    # The value is not repeated: a URL in its place may hold a password.
    if address is not None and not is_address(address):
        target.fault("address", f"{target.title} has no host:port as its address", _ADDRESS_RULE)
        address = None
    if kind is None:
        return None
    settings = _settings(kind, target, name=name, address=address or "")
    return None if needs and address is None else settings


def _settings(kind: Kind, section: Section, *, name: str, address: str) -> Settings | None:
    password_file, password_variable = section.path("password_file"), section.variable("password_variable")
    if password_file is not None and password_variable is not None:
        cause = f"{section.title} has its password in a file and in a variable"
        section.fault("password_variable", cause, "give one of password_file and password_variable")
    tls = section.flag("tls")
    for key in TLS_KEYS:
        if section.has(key) and not tls:
            remedy = f"add `tls: true`, or remove {key}"
            section.fault(key, f"{section.title} has a {key} but no TLS", remedy)
    if section.has("cert_file") != section.has("key_file"):
        given = "cert_file" if section.has("cert_file") else "key_file"
        section.fault(given, f"{section.title} has only a {given}", "give both cert_file and key_file")
    common = Settings(
        name=name,
        address=address,
        password_file=password_file,
        password_variable=password_variable,
        tls=tls,
        ca_file=section.path("ca_file"),
        cert_file=section.path("cert_file"),
        key_file=section.path("key_file"),
        server_name=section.text("server_name"),
        on_metrics=section.flag("on_metrics"),
    )
    settings: Settings | None = kind.settings(section, common)
    return settings


def _names(section: Section, noun: str) -> Iterator[str]:
    for name in section.keys():  # noqa: SIM118  # a Section is no mapping
        if not is_name(name):
            section.fault(name, f"a {noun} has no usable name", NAME_RULE)
        yield name


def _kind(section: Section) -> Kind | None:
    remedy = f"use {' or '.join(KINDS)}"
    name = section.text("kind", required=remedy)
    if name is not None and name not in KINDS:
        shown = f" {name!r}" if is_name(name) else ""
        section.fault("kind", f"{section.title} has the unknown kind{shown}", remedy)
    return KINDS.get(name or "")


def _allowance(section: Section) -> Allowance:
    patterns: list[Pattern] = []
    for number, item in enumerate(section.items("allow", most=_MOST_PATTERNS), start=1):
        try:
            patterns.append(Pattern.parse(item.text))
        except InvalidPattern as error:
            item.fault(f"pattern {number} of {section.title} cannot be used: {error}", PATTERN_RULE)
    return Allowance(tuple(patterns))


def _files(section: Section) -> tuple[str, ...]:
    """As in Prometheus, a * may stand in a file's name and not in its folder's."""
    for number, item in enumerate(section.items("file_sd", most=MOST_FILES), start=1):
        path = PurePath(item.text)
        if path.suffix not in SUFFIXES or "*" in str(path.parent):
            cause = f"file {number} of {section.title} is no discovery file"
            item.fault(cause, f"give a path that ends in {', '.join(SUFFIXES)}, with a * in its last part at most")
    return tuple(section.paths("file_sd"))
