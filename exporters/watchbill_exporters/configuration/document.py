"""The whole configuration: a file, variables of the environment, or both."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from watchbill.dependency import is_address
from watchbill.problem import Problem
from watchbill_exporters.configuration.environment import TARGETS, Environment, read_environment
from watchbill_exporters.configuration.invalid import InvalidConfiguration
from watchbill_exporters.configuration.place import Variable
from watchbill_exporters.configuration.section import Section, shown
from watchbill_exporters.configuration.settings import (
    DEFAULT_LISTEN,
    DEFAULT_TIMEOUT,
    Configuration,
    Module,
    Settings,
)
from watchbill_exporters.configuration.targets import (
    ModuleSection,
    beneath,
    module_sections,
    read_module,
    read_target,
    target_names,
)
from watchbill_exporters.configuration.web import WebSettings, read_web
from watchbill_exporters.configuration.yaml_file import read_section
from watchbill_exporters.deadline import LONGEST_BUDGET

ROOT_KEYS = ("listen", "timeout", "web", "modules", "targets")


def load_configuration(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Configuration:
    """The configuration in a file and in the environment; raises InvalidConfiguration with all their mistakes.

    A variable wins over the file's setting. Without a file the environment says everything.
    """
    problems: list[Problem] = []
    nowhere = Section({}, Variable(TARGETS), "the environment", problems)
    root = nowhere if path is None else read_section(path, problems, title="the file")
    if root is None:
        raise InvalidConfiguration(problems)
    written = root.optional("targets", "targets")
    in_file = () if written is None else tuple(target_names(written))
    environment = read_environment(os.environ if environ is None else environ, in_file, problems)
    told = any(problem.place.file == TARGETS for problem in problems)
    if not (root.has("targets") or root.has("modules") or environment.targets or told):
        root.missing("targets", "add `targets:`, or `modules:`" if path else f"set {TARGETS}, or give --config FILE")
    configuration = _configuration(root, written, environment)
    if problems:
        raise InvalidConfiguration(problems)
    return configuration


def _configuration(root: Section, written: Section | None, environment: Environment) -> Configuration:
    root.only(*ROOT_KEYS)
    own = root.with_entries(environment.own)
    listen = own.text("listen") or DEFAULT_LISTEN
    if not is_address(listen):
        own.fault("listen", "listen is no address", "give host:port, such as 127.0.0.1:9121")
    modules = module_sections(root.optional("modules", "modules"))
    return Configuration(
        listen=listen,
        timeout=_timeout(own),
        web=_web(root, environment),
        modules=_modules(modules),
        targets=MappingProxyType({one.name: one for one in _targets(root, written, environment, modules)}),
    )


def _timeout(root: Section) -> float:
    seconds = root.number("timeout")
    if seconds is None:
        return DEFAULT_TIMEOUT
    if not 0 < seconds <= LONGEST_BUDGET:
        root.fault("timeout", "timeout is out of range", f"give seconds above 0, at most {LONGEST_BUDGET:g}")
    return seconds


def _web(root: Section, environment: Environment) -> WebSettings:
    written = root.optional("web", "web")
    if written is None:
        written = Section({}, Variable(TARGETS), "web", root.problems)
    return read_web(written.with_entries(environment.web))


def _modules(sections: Mapping[str, ModuleSection]) -> Mapping[str, Module]:
    modules = (read_module(name, section) for name, section in sections.items())
    return MappingProxyType({module.name: module for module in modules if module is not None})


def _targets(
    root: Section, written: Section | None, environment: Environment, modules: Mapping[str, ModuleSection]
) -> Iterable[Settings]:
    for name in () if written is None else written.keys():
        target = written.optional(name, f"target {shown(name)}") if written is not None else None
        if target is not None:
            yield from _target(name, target, environment, modules)
    alone = written is None and not modules and len(environment.targets) == 1
    for name, entries in environment.targets.items():
        if not entries:
            continue
        target = Section(entries, Variable(TARGETS), f"target {name!r}", root.problems)
        yield from _target(name, target, environment, modules, on_metrics=alone)


def _target(
    name: str,
    target: Section,
    environment: Environment,
    modules: Mapping[str, ModuleSection],
    *,
    on_metrics: bool = False,
) -> Iterable[Settings]:
    options = environment.options.get(name, {})
    whole = beneath(target, tuple(options)).with_entries(options)
    settings = read_target(name, whole, modules, on_metrics=on_metrics)
    if settings is not None:
        yield settings
