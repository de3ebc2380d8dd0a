"""What a Redis target's configuration declares of its keys, streams and queues."""

from dataclasses import dataclass
from typing import Literal, get_args

KeyType = Literal["list", "set", "sorted_set", "hash", "string", "stream"]
End = Literal["head", "tail"]
ScoreUnit = Literal["seconds", "milliseconds"]

TYPES: tuple[KeyType, ...] = get_args(KeyType)
CELERY_TIME = "celery"
"""As an item's time: what Watchbill's own headers in a Celery message say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredKey:
    """A key whose size is told. `time` says where an item has its time: `celery`, or names in a JSON object with dots
    between them; `oldest` at which end of a list the oldest item is; `scores` that a sorted set's scores are times.
    """

    name: str
    database: int = 0
    type: KeyType = "list"
    time: str | None = None
    oldest: End = "tail"
    scores: ScoreUnit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """The key that holds a queue's dead letters."""

    queue: str
    key: DeclaredKey


@dataclass(frozen=True, slots=True, kw_only=True)
class CeleryApplication:
    """A Celery application's broker, as its transport options describe it."""

    queues: tuple[str, ...]
    database: int = 0
    priority_steps: tuple[int, ...] = (0, 3, 6, 9)
    separator: str = "\x06\x16"
    unacked_key: str = "unacked"
    unacked_index_key: str = "unacked_index"
    key_prefix: str = ""
    oldest: bool = True
    read_unacked: int = 200
    label_prefix: str = ""
    service_names: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ArqApplication:
    """Queues of arq in one database."""

    queues: tuple[str, ...] = ("arq:queue",)
    database: int = 0
    label_prefix: str = ""
    service_names: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefixes:
    """Prefixes of keys that are counted every so many seconds, each time for at most so many."""

    names: tuple[str, ...]
    database: int = 0
    every: float = 300.0
    seconds: float = 20.0
    memory: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Everything that is declared of one target."""

    keys: tuple[DeclaredKey, ...] = ()
    streams: tuple[DeclaredKey, ...] = ()
    key_memory: bool = True
    dead_letters: tuple[DeadLetters, ...] = ()
    celery: tuple[CeleryApplication, ...] = ()
    arq: tuple[ArqApplication, ...] = ()
    prefixes: tuple[Prefixes, ...] = ()
