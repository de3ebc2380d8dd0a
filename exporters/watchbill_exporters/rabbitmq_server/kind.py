"""RabbitMQ as a kind of target."""

from collections.abc import Sequence
from shlex import quote
from urllib.parse import quote as percent_encoded

from watchbill.catalogue.broker import MOST_QUEUES
from watchbill_exporters.configuration.section import Section
from watchbill_exporters.configuration.settings import Settings
from watchbill_exporters.kind import Kind
from watchbill_exporters.rabbitmq_server.rights import ENTRY, TAG, VHOST
from watchbill_exporters.rabbitmq_server.selection import pattern_of
from watchbill_exporters.rabbitmq_server.settings import (
    DEFAULT_TOP,
    DEFAULT_USER,
    DEFAULT_VHOST,
    LARGEST_TOP,
    MOST_VHOSTS,
    RabbitmqSettings,
)
from watchbill_exporters.resolver import Resolver
from watchbill_exporters.session import Driver

_MOST_NAMES = 50
_LONGEST_PATTERN = 6000
"""Characters, percent-encoded, of all names in a request: its first line may have 8 000 with all else."""


def _settings(section: Section, common: Settings) -> RabbitmqSettings:
    if common.name and common.secret is None:
        section.missing("password_file", "give the path of a file with the user's password, or password_variable")
    user = section.text("user") or DEFAULT_USER
    if ":" in user:
        section.fault("user", f"{section.title} has a user with a colon", "use an account without one: HTTP forbids it")
    queues, celery = _names(section, "queues", most=_MOST_NAMES), _names(section, "celery_queues", most=MOST_QUEUES)
    dead = _names(section, "dead_letter_queues", most=_MOST_NAMES)
    _check_length(section, "queues" if queues else "celery_queues", (*queues, *celery))
    _check_length(section, "dead_letter_queues", dead)
    top = section.whole("top", least=1, most=LARGEST_TOP)
    return RabbitmqSettings.of(
        common,
        user=user,
        vhosts=tuple(section.texts("vhosts", most=MOST_VHOSTS)),
        queues=queues,
        top=DEFAULT_TOP if top is None else top,
        celery_queues=celery,
        dead_letter_queues=dead,
    )


def _names(section: Section, key: str, *, most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(section.texts(key, most=most)))


def _check_length(section: Section, key: str, names: Sequence[str]) -> None:
    if len(percent_encoded(pattern_of(names), safe="")) > _LONGEST_PATTERN:
        remedy = "name fewer queues, or several by a * in `queues`, or make them the queues of several targets"
        section.fault(key, f"{key!r} of {section.title} is too long for a request", remedy)


def _driver(settings: RabbitmqSettings, resolver: Resolver) -> Driver:
    from watchbill_exporters.rabbitmq_server.driver import RabbitmqDriver  # for such targets alone

    return RabbitmqDriver(settings, resolver)


def _remedy(settings: RabbitmqSettings, right: str) -> str:
    user = quote(settings.user)
    if right == VHOST:
        vhosts = settings.vhosts or (DEFAULT_VHOST,)
        also = "" if settings.vhosts else "  # and so for each virtual host"
        return "; ".join(ENTRY.format(vhost=quote(vhost), user=user) for vhost in vhosts) + also
    return TAG.format(user=user)


KIND = Kind(
    name=RabbitmqSettings.kind,
    keys=("user", "vhosts", "queues", "top", "celery_queues", "dead_letter_queues"),
    settings=_settings,
    driver=_driver,
    remedy=_remedy,
)
