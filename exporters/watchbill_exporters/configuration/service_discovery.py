"""What the exporter can probe, as Prometheus' http_sd asks for it."""

import re
from collections.abc import Iterator, Mapping
from typing import TypedDict

from watchbill_exporters.configuration.admission import Admission
from watchbill_exporters.configuration.settings import Settings

KIND = "__meta_watchbill_kind"
TARGET, MODULE = "__param_target", "__param_module"
# What begins with __ steers Prometheus, but for __meta_; and by a name that is none it would refuse the whole list.
_PLAIN = re.compile(r"(?:__meta_|(?!__))[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)


class TargetGroup(TypedDict):
    """One entry of an http_sd answer."""

    targets: list[str]
    labels: dict[str, str]


def target_groups(targets: Mapping[str, Settings], admission: Admission) -> list[TargetGroup]:
    """Every configured target by its name, and every address of the discovery files with its own labels.

    `__param_target` and `__param_module` make Prometheus ask /probe for it, once `__address__` is the exporter's own.
    """
    return [*_configured(targets), *_discovered(admission)]


def _configured(targets: Mapping[str, Settings]) -> Iterator[TargetGroup]:
    for name, settings in targets.items():
        yield {"targets": [name], "labels": {KIND: settings.kind, TARGET: name}}


def _discovered(admission: Admission) -> Iterator[TargetGroup]:
    for module, group in admission.discovered():
        plain = {name: value for name, value in group.labels.items() if _PLAIN.fullmatch(name)}
        for address in map(str, group.addresses):
            own = {KIND: module.template.kind, TARGET: address, MODULE: module.name}
            yield {"targets": [address], "labels": {**plain, **own}}
