"""Redis and Valkey as a kind of target."""

from collections.abc import Iterable
from difflib import get_close_matches

from watchbill_exporters.advice import Advice, Findings
from watchbill_exporters.configuration.section import Section
from watchbill_exporters.configuration.settings import Settings
from watchbill_exporters.kind import Kind
from watchbill_exporters.redis_server.options import OPTIONS, declared
from watchbill_exporters.redis_server.rights import ACL_ADD, ACL_ADD_KEYS, KEYS
from watchbill_exporters.redis_server.settings import RedisSettings
from watchbill_exporters.redis_server.shown_settings import DEFAULT_SETTINGS, SETTINGS
from watchbill_exporters.resolver import Resolver
from watchbill_exporters.session import Driver


def _settings(section: Section, common: Settings) -> RedisSettings:
    return RedisSettings.of(
        common,
        username=section.text("username"),
        client_list=section.flag("client_list"),
        latency_histograms=section.flag("latency_histograms", default=True),
        include_settings=_included(section),
        declared=declared(section),
    )


def _included(section: Section) -> tuple[str, ...]:
    names = section.items("include_settings", most=len(SETTINGS))
    for name in names:
        if name.text not in SETTINGS:
            near = get_close_matches(name.text, SETTINGS, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else "use names of settings that hold no secret and no path"
            name.fault(f"include_settings of {section.title} has a name that is not shown", remedy)
    return tuple(dict.fromkeys((*DEFAULT_SETTINGS, *(name.text for name in names if name.text in SETTINGS))))


def _driver(settings: RedisSettings, resolver: Resolver) -> Driver:
    from watchbill_exporters.redis_server.driver import RedisDriver  # for such targets alone

    return RedisDriver(settings, resolver)


def _remedy(settings: RedisSettings, right: str) -> str:
    line = ACL_ADD_KEYS if right == KEYS else ACL_ADD
    return line.format(user=settings.username or "default", right=right)


def _advice(findings: Findings) -> Iterable[Advice]:
    from watchbill_exporters.redis_server.advice import advice  # for such targets alone

    return advice(findings)


KIND = Kind(
    name=RedisSettings.kind,
    keys=("username", "client_list", "latency_histograms", "include_settings", *OPTIONS),
    settings=_settings,
    driver=_driver,
    remedy=_remedy,
    advice=_advice,
)
