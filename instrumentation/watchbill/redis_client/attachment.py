"""Our part in one client, or in all clients of its library."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from weakref import finalize, ref

from watchbill.errors import InvalidDeclaration
from watchbill.ground import Ground
from watchbill.problem import is_a
from watchbill.redis_client.hook import MARK, Hook
from watchbill.redis_client.library import Library
from watchbill.redis_client.places import places
from watchbill.redis_client.pool import PoolOwner
from watchbill.redis_client.recorder import Recorder
from watchbill.report import Entry

_HOOKS: dict[str, Hook] = {}


class ClientAttachment:
    """What redis-py's and valkey-py's attachments have in common, which is all. Without a client it is in all."""

    def __init__(
        self, library: Library, ground: Ground, client: Any, *, name: str, prefixes: Mapping[str, str]
    ) -> None:
        self.kind = library.package
        self._package = library.load()
        self._library = library
        self._ground = ground
        # Not kept alive: a client that is dropped closes its connections.
        self._client = None if client is None else _reference(client)
        self._name = name or library.package
        self._prefixes = prefixes
        self._hook = _HOOKS.setdefault(library.package, Hook(lambda: places(library)))
        self._ended: finalize[..., Any] | None = None

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        return type(None), ()

    @property
    def target(self) -> object:
        """The client; the library's package where it is in all of them."""
        return self._package if self._client is None else self._client()

    def attach(self) -> None:
        """Puts it in. Raises InvalidDeclaration for what is no client, and for prefixes and names that are no text."""
        client = self._client if self._client is None else self._client()
        faults = [
            *_faults_of_client(client, self._library),
            *([] if is_a(self._name, str) else [f"name={self._name!r} is no text"]),
            *_faults_of_prefixes(self._prefixes),
        ]
        if faults:
            raise InvalidDeclaration(f"{self.kind}(client)", faults)
        recorder = Recorder(self._ground, self._name, self.kind, dict(self._prefixes))
        pools = PoolOwner(self._ground, self._name, is_everywhere=client is None)
        if client is None:
            self._hook.everywhere, self._hook.pools_everywhere = recorder, pools
        else:
            client.__dict__[MARK] = recorder
            _own_pools(client, pools, self._library)
        self._hook.install()
        self._ended = finalize(self._package if client is None else client, _end, self._hook, pools)
        self._ended.atexit = False

    def detach(self) -> None:
        """Takes it out."""
        client = self._client if self._client is None else self._client()
        if client is not None:
            client.__dict__.pop(MARK, None)
        elif self._client is None and self._ended is not None:
            self._hook.everywhere = self._hook.pools_everywhere = None
        if self._ended is not None:
            self._ended()

    def entry(self) -> Entry:
        """What the report says."""
        subject = f"{self.kind} clients" if self._client is None else f"{self.kind} client {self._name}"
        return Entry(subject, "on", "commands, pipelines and connections are counted")


def _reference(client: Any) -> Callable[[], Any]:
    try:
        return ref(client)
    except TypeError:
        # No client is like that; `attach` says so.
        return lambda: client


def _end(hook: Hook, pools: PoolOwner) -> None:
    hook.remove()
    pools.end()


def _own_pools(client: Any, pools: PoolOwner, library: Library) -> None:
    nodes = getattr(client, "nodes_manager", None)
    if nodes is None:
        pools.own(client.connection_pool)
    elif isinstance(client, library.clients[3]):
        pools.own_nodes(client)
    else:
        pools.own_cluster(nodes)


def _faults_of_client(client: Any, library: Library) -> Iterator[str]:
    clients = library.clients
    if client is not None and not isinstance(client, clients):
        found = f"the class {client.__name__}" if isinstance(client, type) else f"a {type(client).__name__}"
        yield f"{found} is no client of {library.package}; give a {clients[0].__name__} or {clients[2].__name__} itself"


def _faults_of_prefixes(prefixes: Any) -> Iterator[str]:
    if not is_a(prefixes, Mapping):
        yield f"prefixes={prefixes!r} is no mapping; give one as in {{'session:': 'session'}}"
        return
    for prefix, cache in prefixes.items():
        if not (is_a(prefix, str) and is_a(cache, str) and cache.strip()):
            yield f"prefixes maps {prefix!r} to {cache!r}: give the text that keys begin with, and a cache's name"
