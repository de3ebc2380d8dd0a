"""Reads what a Redis target's configuration declares of its keys, streams and queues."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import cast, get_args

from watchbill.catalogue.broker import MOST_APPLICATIONS, MOST_PRIORITY_STEPS, MOST_QUEUES
from watchbill.catalogue.queue import QUEUE
from watchbill.catalogue.redis_server.keys import MOST_KEYS, MOST_PREFIXES
from watchbill.catalogue.redis_server.streams import MOST_STREAMS
from watchbill_exporters.configuration.section import Section
from watchbill_exporters.redis_server.declared import (
    TYPES,
    ArqApplication,
    CeleryApplication,
    DeadLetters,
    Declared,
    DeclaredKey,
    End,
    KeyType,
    Prefixes,
    ScoreUnit,
)

MOST_DATABASES = 1_024
MOST_PRIORITY = 256

OPTIONS = (
    "keys",
    "lists",
    "sorted_sets",
    "streams",
    "key_memory",
    "dead_letters",
    "celery",
    "arq",
    "prefixes",
)
"""Keys of a target or a module that are read here."""


def declared(section: Section) -> Declared:
    """Reads the options of a target or a module; every mistake is reported to the section."""
    keys = [*_keys(section), *_short(section, "lists", "list"), *_short(section, "sorted_sets", "sorted_set")]
    streams = [*(key for key in keys if key.type == "stream"), *_short(section, "streams", "stream")]
    found = Declared(
        keys=_once(key for key in keys if key.type != "stream"),
        streams=_once(streams),
        key_memory=section.flag("key_memory", default=True),
        dead_letters=tuple(_dead_letters(section)),
        celery=tuple(_celery(section)),
        arq=tuple(_arq(section)),
        prefixes=tuple(_prefixes(section)),
    )
    _bounded(section, found)
    return found


def _short(section: Section, option: str, kind: KeyType) -> Iterator[DeclaredKey]:
    for name in section.texts(option, most=MOST_KEYS):
        yield DeclaredKey(name=name, type=kind)


def _keys(section: Section) -> Iterator[DeclaredKey]:
    for one in section.sections("keys", "key", most=MOST_KEYS):
        one.only("name", "db", "type", "time", "oldest", "scores")
        key = _key(one)
        if key is not None:
            yield key


def _key(section: Section, name_of: str = "name") -> DeclaredKey | None:
    name = section.text(name_of, required="give the key's name")
    kind = _choice(section, "type", TYPES) if section.has("type") else "list"
    time, scores = section.text("time"), _choice(section, "scores", get_args(ScoreUnit))
    oldest = _choice(section, "oldest", get_args(End))
    database = _database(section)
    for option, given, needed in (("time", time, "list"), ("oldest", oldest, "list"), ("scores", scores, "sorted_set")):
        if given is not None and kind is not None and kind != needed:
            section.fault(
                option, f"{section.title} has {option!r}, which a {kind} has not", f"remove it, or use type: {needed}"
            )
    if name is None or kind is None:
        return None
    return DeclaredKey(
        name=name,
        database=database,
        type=cast("KeyType", kind),
        time=time,
        oldest=cast("End", oldest or "tail"),
        scores=cast("ScoreUnit | None", scores),
    )


def _dead_letters(section: Section) -> Iterator[DeadLetters]:
    for one in section.sections("dead_letters", "dead letters", most=MOST_QUEUES):
        one.only("queue", "key", "db", "type")
        queue = one.text("queue", required="give the queue's name")
        key = _key(one, "key")
        if queue is not None and key is not None:
            yield DeadLetters(queue=queue, key=key)


def _celery(section: Section) -> Iterator[CeleryApplication]:
    default = CeleryApplication(queues=())
    for one in section.sections("celery", "Celery application", most=MOST_APPLICATIONS):
        one.only(
            "queues", "db", "priority_steps", "separator", "unacked_key", "unacked_index_key", "key_prefix", "oldest",
            "read_unacked", "label_prefix", "service_names",
        )  # fmt: skip
        queues = _queues(one, required=True)
        read_unacked = one.whole("read_unacked", least=0, most=2_000)
        yield CeleryApplication(
            queues=queues,
            database=_database(one),
            priority_steps=_steps(one) or default.priority_steps,
            separator=one.text("separator") or default.separator,
            unacked_key=one.text("unacked_key") or default.unacked_key,
            unacked_index_key=one.text("unacked_index_key") or default.unacked_index_key,
            key_prefix=one.text("key_prefix") or "",
            oldest=one.flag("oldest", default=True),
            read_unacked=default.read_unacked if read_unacked is None else read_unacked,
            label_prefix=one.text("label_prefix") or "",
            service_names=one.flag("service_names"),
        )


def _arq(section: Section) -> Iterator[ArqApplication]:
    for one in section.sections("arq", "arq application", most=MOST_APPLICATIONS):
        one.only("queues", "db", "label_prefix", "service_names")
        queues = _queues(one, required=False) or ArqApplication().queues
        yield ArqApplication(
            queues=queues,
            database=_database(one),
            label_prefix=one.text("label_prefix") or "",
            service_names=one.flag("service_names"),
        )


def _prefixes(section: Section) -> Iterator[Prefixes]:
    default, databases = Prefixes(names=()), set[int]()
    for one in section.sections("prefixes", "prefixes", most=MOST_APPLICATIONS):
        one.only("names", "db", "every", "seconds", "memory")
        names = one.texts("names", most=MOST_PREFIXES)
        if not names:
            one.missing("names", 'list the prefixes, such as `names: ["session:", "cache:"]`')
        database = _database(one)
        if database in databases:
            cause = f"{section.title} gives prefixes of database {database} twice"
            section.fault("prefixes", cause, "put them together")
        databases.add(database)
        yield Prefixes(
            names=tuple(dict.fromkeys(names)),
            database=database,
            every=_seconds(one, "every", default.every, least=10.0, most=86_400.0),
            seconds=_seconds(one, "seconds", default.seconds, least=0.1, most=60.0),
            memory=one.flag("memory", default=True),
        )


def _queues(section: Section, *, required: bool) -> tuple[str, ...]:
    queues = tuple(dict.fromkeys(section.texts("queues", most=MOST_QUEUES)))
    if not queues and required:
        section.missing("queues", "list the queues, such as `queues: [celery]`")
    return queues


def _steps(section: Section) -> tuple[int, ...]:
    """The first number of each step of priorities."""
    steps = sorted(set(section.wholes("priority_steps", least=0, most=MOST_PRIORITY - 1)))
    if len(steps) > MOST_PRIORITY_STEPS:
        cause = f"{section.title} has {len(steps)} steps of priorities"
        section.fault("priority_steps", cause, f"give at most {MOST_PRIORITY_STEPS}")
    return tuple(steps)


def _database(section: Section) -> int:
    return section.whole("db", least=0, most=MOST_DATABASES - 1) or 0


def _choice(section: Section, key: str, choices: tuple[str, ...]) -> str | None:
    value = section.text(key)
    if value is not None and value not in choices:
        section.fault(key, f"{key!r} of {section.title} is none of its values", f"use one of: {', '.join(choices)}")
        return None
    return value


def _seconds(section: Section, key: str, default: float, *, least: float, most: float) -> float:
    seconds = section.number(key)
    if seconds is None:
        return default
    if not least <= seconds <= most:
        section.fault(key, f"{key!r} of {section.title} is out of range", f"give seconds from {least:g} to {most:g}")
    return seconds


def _once(keys: Iterable[DeclaredKey]) -> tuple[DeclaredKey, ...]:
    """Each key once: what is said in detail under `keys` counts more than a short form."""
    found: dict[tuple[int, str], DeclaredKey] = {}
    for key in keys:
        found.setdefault((key.database, key.name), key)
    return tuple(found.values())


def _bounded(section: Section, found: Declared) -> None:
    """Reports what several options together make too much, or name twice."""
    first = next((key for key in OPTIONS if section.has(key)), None)
    if first is None:
        return
    for number, most, what in (
        (len(found.keys), MOST_KEYS, "keys"),
        (len(found.streams), MOST_STREAMS, "streams"),
        (sum(len(one.queues) for one in found.celery), MOST_QUEUES, "Celery queues"),
        (sum(len(one.queues) for one in found.arq), MOST_QUEUES, "arq queues"),
        (sum(len(one.names) for one in found.prefixes), MOST_PREFIXES, "prefixes"),
    ):
        if number > most:
            section.fault(first, f"{section.title} declares {number} {what}", f"declare at most {most}")
    applications: list[CeleryApplication | ArqApplication] = [*found.celery, *found.arq]
    of_services = [name for one in applications if one.service_names for name in _labels(one)]
    _distinct(section, "celery", [name for one in found.celery for name in _labels(one)])
    _distinct(section, "arq", [name for one in found.arq for name in _labels(one)])
    _distinct(section, first, of_services)
    if len(of_services) > QUEUE.limit:
        cause = f"{section.title} has more than {QUEUE.limit} queues under the names of services"
        section.fault(first, cause, "remove service_names, or leave queues out")


def _labels(application: CeleryApplication | ArqApplication) -> list[str]:
    return [application.label_prefix + queue for queue in application.queues]


def _distinct(section: Section, option: str, names: Sequence[str]) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        cause = f"{section.title} has queues of the same name in several applications: {', '.join(twice[:5])}"
        section.fault(option, cause, "give one of the applications a label_prefix")
