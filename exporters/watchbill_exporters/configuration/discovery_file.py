"""One file that lists targets, in the format of Prometheus' file_sd."""

import json
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from watchbill_exporters.configuration.address import Address, InvalidAddress
from watchbill_exporters.configuration.section import NO_TEXT, check_yaml

LARGEST_BYTES = 1024 * 1024
MOST_TARGETS = 10_000
MOST_LABELS = 100
_LONGEST_LABELS = 8192
SUFFIXES = (".json", ".yml", ".yaml")

# All scalars are text, as they are written: a label 1.10 is no number. No `<<`, which can multiply what it merges.
# Any: libyaml's loader, where PyYAML has been built with it, has the same methods and no types of its own.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class UnusableFile(ValueError):
    """A discovery file that cannot be used; the message does not repeat what it holds."""


@dataclass(frozen=True, slots=True)
class Group:
    """Addresses that share labels; the labels are for Prometheus, and the exporter looks at none of them."""

    addresses: tuple[Address, ...]
    labels: Mapping[str, str]


Version = tuple[int, int, int]


def version_of(path: Path) -> Version:
    """What changes when the file does; raises OSError, and UnusableFile for what is no file."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise UnusableFile("it is no regular file")
    return found.st_mtime_ns, found.st_size, found.st_ino


def read_groups(path: Path) -> tuple[Group, ...]:
    """The groups of a file; raises OSError or UnusableFile."""
    with path.open("rb") as file:
        content = file.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise UnusableFile(f"it has more than {LARGEST_BYTES} bytes")
    return tuple(_groups(_parsed(path, content)))


def _parsed(path: Path, content: bytes) -> object:
    try:
        text = content.decode("utf-8")
        return json.loads(text, parse_int=str, parse_float=str) if path.suffix == ".json" else _of_yaml(text)
    except UnicodeDecodeError:
        raise UnusableFile("it is no UTF-8 text") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise UnusableFile(f"it is no YAML from line {line} on") from None
    except json.JSONDecodeError as error:
        raise UnusableFile(f"it is no JSON from line {error.lineno} on") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise UnusableFile("it cannot be read as YAML or JSON") from None


def _of_yaml(text: str) -> object:
    # libyaml's loader ends the process on nesting that is too deep, so that the depth is looked at first.
    check_yaml(text, _LOADER)
    return yaml.load(text, Loader=_LOADER)  # noqa: S506  # a safe one


def _groups(content: object) -> Iterable[Group]:
    if not isinstance(content, list):
        raise UnusableFile("it holds no list of groups")
    # Counted as they are read: by aliases a short file can list one group any number of times.
    left = MOST_TARGETS
    for number, group in enumerate(cast("Sequence[object]", content), start=1):
        if not isinstance(group, dict):
            raise UnusableFile(f"group {number} is no mapping with `targets`")
        found = cast("Mapping[object, object]", group)
        targets = found.get("targets")
        if not isinstance(targets, list):
            raise UnusableFile(f"group {number} has no list of `targets`")
        left -= len(cast("Sequence[object]", targets))
        if left < 0 or number > MOST_TARGETS:
            raise UnusableFile(f"it lists more than {MOST_TARGETS} targets")
        yield Group(_addresses(number, cast("Sequence[object]", targets)), _labels(number, found.get("labels")))


def _addresses(group: int, targets: Sequence[object]) -> tuple[Address, ...]:
    addresses: list[Address] = []
    for number, target in enumerate(targets, start=1):
        try:
            addresses.append(Address.parse(target if isinstance(target, str) else ""))
        except InvalidAddress as error:
            raise UnusableFile(f"target {number} of group {group} is no host:port: {error}") from None
    return tuple(addresses)


def _labels(group: int, labels: object) -> Mapping[str, str]:
    if labels is None or labels == "":
        return {}
    if not isinstance(labels, dict):
        raise UnusableFile(f"group {group} has `labels` that are no mapping")
    pairs = cast("Mapping[object, object]", labels)
    if len(pairs) > MOST_LABELS:
        raise UnusableFile(f"group {group} has more than {MOST_LABELS} labels")
    found = {name: value for name, value in pairs.items() if isinstance(name, str) and isinstance(value, str)}
    whole = "".join((*found, *found.values()))
    if len(found) < len(pairs) or NO_TEXT.search(whole):
        raise UnusableFile(f"group {group} has a label that is no text")
    if len(whole) > _LONGEST_LABELS:
        raise UnusableFile(f"group {group} has labels of more than {_LONGEST_LABELS} characters")
    return found
