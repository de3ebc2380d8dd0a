"""What variables of the environment say: the exporter's own settings, targets, and settings of targets."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from urllib.parse import unquote

import yaml

from watchbill.problem import Problem
from watchbill.team import NAME_RULE, is_name
from watchbill_exporters.configuration.place import PREFIX, Variable
from watchbill_exporters.configuration.section import FROM_ENVIRONMENT, Entry
from watchbill_exporters.kinds import KINDS

CONFIG, TARGETS = PREFIX + "CONFIG", PREFIX + "TARGETS"
OWN: Mapping[str, str] = MappingProxyType({PREFIX + "LISTEN": "listen", PREFIX + "TIMEOUT": "timeout"})
WEB: Mapping[str, str] = MappingProxyType(
    {PREFIX + "WEB_CONFIG_FILE": "config_file", PREFIX + "WEB_BEARER_TOKEN_FILE": "bearer_token_file"}
)
KNOWN = (CONFIG, *OWN, *WEB, TARGETS)
_SCHEMES: Mapping[str, tuple[str, bool]] = MappingProxyType(
    {
        "rediss": ("redis", True),
        "valkey": ("redis", False),
        "valkeys": ("redis", True),
        "postgresql": ("postgres", False),
    }
)
_URL = re.compile(r"([a-z][a-z0-9+.-]*)://(?:([^@/?#:]+)@)?([^@/?#]*)(?:/([^@?#]*))?")
# Kubernetes sets these for each service of the namespace; one may well be called watchbill-exporter.
_OF_KUBERNETES = re.compile(
    rf"{PREFIX}(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)",
    re.ASCII,
)
_SEPARATOR = re.compile(r"[,\s]+")
_RULE = "give NAME=KIND://HOST:PORT for each target, between commas"

Entries = dict[str, Entry]


@dataclass(frozen=True, slots=True)
class Environment:
    """What variables give: `own` and `web` settings, whole `targets`, and the `options` of targets by their names.

    A target whose URL is a mistake has no entries.
    """

    own: Entries = field(default_factory=Entries)
    web: Entries = field(default_factory=Entries)
    targets: dict[str, Entries] = field(default_factory=dict[str, Entries])
    options: dict[str, Entries] = field(default_factory=dict[str, Entries])


def read_environment(environ: Mapping[str, str], in_file: Iterable[str], problems: list[Problem]) -> Environment:
    """Every variable that begins as ours do; one that is empty counts as not set. `in_file` are the file's targets."""
    ours = {name: value for name, value in environ.items() if _is_ours(name) and value.strip()}
    for name in [name for name, value in ours.items() if not _is_text(value)]:
        problems.append(Problem(Variable(name), "is no UTF-8 text", "set it to UTF-8 text"))
        ours.pop(name)
    found = Environment(
        own={key: _entry(name, ours[name]) for name, key in OWN.items() if name in ours},
        web={key: _entry(name, ours[name]) for name, key in WEB.items() if name in ours},
        targets=_targets(ours.get(TARGETS, ""), problems),
    )
    for name in sorted(found.targets.keys() & {*in_file}):
        remedy = "leave it to one of them; single settings of the file's targets may stand in variables"
        problems.append(Problem(Variable(TARGETS), f"target {name!r} is in the file as well", remedy))
        found.targets.pop(name)
    stems = {_stem(name): name for name in (*in_file, *found.targets)}
    for name, value in ours.items():
        if name not in KNOWN:
            _option(name, value, stems, found, problems)
    return found


def _is_ours(name: str) -> bool:
    return name.startswith(PREFIX) and not _OF_KUBERNETES.fullmatch(name)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _option(name: str, value: str, stems: Mapping[str, str], found: Environment, problems: list[Problem]) -> None:
    """One setting of one target: that with the longest name that fits."""
    stem = max((stem for stem in stems if name.startswith(stem) and name != stem), key=len, default=None)
    if stem is None:
        near = get_close_matches(name, [*KNOWN, *(stem + "PASSWORD_FILE" for stem in stems)], n=1)
        meant = f"did you mean {near[0]}?" if near else f"use one of: {', '.join(KNOWN)}"
        problems.append(Problem(Variable(name), "names no setting and no target", f"{meant} Or remove it"))
        return
    key = name.removeprefix(stem).lower()
    if key == "password":
        # The value stays where it is: settings know the name of its variable alone.
        key, value = "password_variable", name
    found.options.setdefault(stems[stem], {})[key] = _entry(name, value, stem)


def _targets(text: str, problems: list[Problem]) -> dict[str, Entries]:
    found: dict[str, Entries] = {}
    for number, part in enumerate(filter(None, _SEPARATOR.split(text)), start=1):
        name, _, url = part.partition("=")
        cause: str | None
        if not is_name(name):
            cause, remedy = f"target {number} has no usable name", f"{_RULE}; {NAME_RULE}"
        elif name in found:
            cause, remedy = f"target {name!r} is given twice", "remove one"
        else:
            found[name], cause, remedy = _of_url(name, url)
        if cause is not None:
            problems.append(Problem(Variable(TARGETS), cause, remedy))
    return found


def _of_url(name: str, url: str) -> tuple[Entries, str | None, str]:
    """A target's settings from KIND://USER@HOST:PORT/DATABASE or KIND alone; no part of it is repeated in a mistake."""
    stem = _stem(name)
    matched = _URL.fullmatch(url)
    scheme, user, address, path = matched.groups() if matched else (url, None, None, None)
    kind, tls = _kind(scheme)
    known = KINDS.get(kind)
    if matched is None and "@" in url:
        return {}, f"the URL of target {name!r} holds a password", f"leave it out, and set {stem}PASSWORD_FILE"
    if matched is None and ("?" in url or "#" in url):
        return {}, f"the URL of target {name!r} has parameters", f"leave them out; settings are variables: {stem}TLS"
    if known is None:
        return {}, f"target {name!r} has no known kind", f"{_RULE}; kinds: {', '.join(KINDS)}"
    given = {"kind": kind, "address": address, "tls": "true" if tls else None}
    for part, keys in ((user, ("username", "user")), (path, ("database",))):
        key = next((key for key in keys if key in known.keys), None)
        if part and key is None:
            return {}, f"the URL of target {name!r} has a part that a {kind} target has not", f"{_RULE}, and no more"
        given[key or ""] = unquote(part) if part else None
    return {key: _entry(TARGETS, value, stem) for key, value in given.items() if value}, None, ""


def _kind(scheme: str) -> tuple[str, bool]:
    if scheme in _SCHEMES:
        return _SCHEMES[scheme]
    plain = scheme.removesuffix("s")
    return (plain, True) if scheme not in KINDS and plain in KINDS else (scheme, False)


def _stem(target: str) -> str:
    return PREFIX + target.upper().replace("-", "_") + "_"


def _entry(name: str, value: str, stem: str = PREFIX) -> Entry:
    return Entry(Variable(name, stem=stem), yaml.ScalarNode(FROM_ENVIRONMENT, value.strip()))
