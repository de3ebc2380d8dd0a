"""A CDN as a kind of target."""

from watchbill.catalogue.cdn import MOST_RESOURCES
from watchbill.catalogue.edge import RESOURCE_TYPE
from watchbill.team import NAME_RULE, is_name
from watchbill_exporters.cdn_edge.settings import (
    DEFAULT_INTERVAL,
    DEFAULT_TIMEOUT,
    CdnSettings,
    Invalidations,
    Resource,
)
from watchbill_exporters.configuration.section import Section
from watchbill_exporters.configuration.settings import Settings
from watchbill_exporters.kind import Kind
from watchbill_exporters.resolver import Resolver
from watchbill_exporters.secret import SecretFile
from watchbill_exporters.session import Driver
from watchbill_exporters.web_address import WebAddress

_METHODS = ("HEAD", "GET")
_URL_RULE = "give a URL such as https://cdn.example/app.css, without a user and a password"
_INTERVALS = (5.0, 86_400.0)
_TIMEOUTS = (0.1, 30.0)


def _settings(section: Section, common: Settings) -> CdnSettings:
    plaintext = section.flag("plaintext")
    method = section.text("method")
    if method is not None and method not in _METHODS:
        section.fault("method", f"{section.title} has a method that is not used", f"use {' or '.join(_METHODS)}")
    if common.name and not section.has("urls"):
        section.missing("urls", "add a list of `{name: ..., url: ..., type: ...}`")
    return CdnSettings.of(
        common,
        resources=_resources(section, plaintext=plaintext),
        interval=_seconds(section, "interval", _INTERVALS) or DEFAULT_INTERVAL,
        timeout=_seconds(section, "timeout", _TIMEOUTS) or DEFAULT_TIMEOUT,
        method="GET" if method == "GET" else "HEAD",
        invalidations=_invalidations(section, plaintext=plaintext),
    )


def _resources(section: Section, *, plaintext: bool) -> tuple[Resource, ...]:
    found: dict[str, Resource] = {}
    for one in section.sections("urls", "URL", most=MOST_RESOURCES):
        one.only("name", "url", "type")
        name, kind = one.text("name", required=NAME_RULE), one.text("type") or "other"
        if name is not None and not is_name(name):
            one.fault("name", f"{one.title} has no usable name", NAME_RULE)
        elif name in found:
            one.fault("name", f"{one.title} has the name of another", "give each a name of its own")
        if kind not in RESOURCE_TYPE.values:
            one.fault("type", f"{one.title} has an unknown type", f"use one of: {', '.join(RESOURCE_TYPE.values)}")
        address = _address(one, plaintext=plaintext)
        if name is not None and address is not None:
            found[name] = Resource(name=name, type=kind, address=address)
    return tuple(found.values())


def _address(section: Section, *, plaintext: bool) -> WebAddress | None:
    url = section.text("url", required=_URL_RULE)
    if url is None:
        return None
    try:
        address = WebAddress.parse(url)
    except ValueError as error:
        section.fault("url", f"{section.title} has a url that cannot be used: {error}", _URL_RULE)
        return None
    if not (address.tls or plaintext):
        remedy = "write https://, or allow it by `plaintext: true` in the target"
        section.fault("url", f"{section.title} has a url without TLS", remedy)
    return address


def _invalidations(section: Section, *, plaintext: bool) -> Invalidations | None:
    part = section.optional("invalidations")
    if part is None:
        return None
    part.only("url", "json_pointer", "token_file")
    address, pointer, token_file = (
        _address(part, plaintext=plaintext),
        part.text("json_pointer"),
        part.path("token_file"),
    )
    if pointer is not None and not pointer.startswith("/"):
        part.fault("json_pointer", f"{part.title} has no JSON pointer", "give one such as /pending, or leave it out")
    if address is None:
        return None
    secret = SecretFile(token_file, option="token_file") if token_file is not None else None
    return Invalidations(address=address, pointer=pointer or "", token_file=secret)


def _seconds(section: Section, key: str, bounds: tuple[float, float]) -> float | None:
    seconds, (least, most) = section.number(key), bounds
    if seconds is not None and not least <= seconds <= most:
        section.fault(key, f"{key!r} of {section.title} is out of range", f"give seconds from {least:g} to {most:g}")
        return None
    return seconds


def _driver(settings: CdnSettings, resolver: Resolver) -> Driver:
    from watchbill_exporters.cdn_edge.driver import CdnDriver  # for such targets alone

    return CdnDriver(settings, resolver)


def _remedy(settings: CdnSettings, right: str) -> str:
    del settings
    return f"let the exporter have {right}"


KIND = Kind(
    name=CdnSettings.kind,
    keys=("urls", "interval", "timeout", "method", "plaintext", "invalidations"),
    settings=_settings,
    driver=_driver,
    remedy=_remedy,
    address="none",
)
