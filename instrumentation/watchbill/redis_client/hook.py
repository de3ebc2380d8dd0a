"""Our layers in the classes of a library, as long as one of its clients is instrumented."""

from collections.abc import Callable, Iterable
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from watchbill.redis_client.pool import PoolOwner
    from watchbill.redis_client.recorder import Recorder

MARK = "_watchbill_recorder"
"""Where an instrumented client, and each pipeline or client it makes, has its recorder."""

Layer = Callable[[Any, "Hook"], Any]
Place = tuple[type[Any], str, Layer]


class Hook:
    """One for each library. Clients without a mark pass untouched, unless `everywhere` is given."""

    def __init__(self, places: Callable[[], Iterable[Place]]) -> None:
        self.everywhere: Recorder | None = None
        self.pools_everywhere: PoolOwner | None = None
        self._places = places
        self._users = 0
        # Entered again where the garbage collector finds a forgotten client in the middle of it.
        self._lock = RLock()
        self._put: dict[tuple[type[Any], str], tuple[Any, Any]] = {}

    def install(self) -> None:
        """One more is instrumented."""
        with self._lock:
            self._users += 1
            if self._users == 1:
                for owner, name, layer in self._places():
                    self._put_in(owner, name, layer)

    def remove(self) -> None:
        """One less; after the last the classes are as they were. What another library wrapped meanwhile is left."""
        with self._lock:
            self._users -= 1
            if self._users:
                return
            for (owner, name), (original, own) in list(self._put.items()):
                if vars(owner).get(name) is own:
                    setattr(owner, name, original)
                    del self._put[owner, name]

    def _put_in(self, owner: type[Any], name: str, layer: Layer) -> None:
        present = vars(owner).get(name)
        known = self._put.get((owner, name))
        # One that is under another library's layer still works.
        if present is None or (known is not None and present is not known[0]):
            return
        own = layer(present, self)
        self._put[owner, name] = present, own
        setattr(owner, name, own)
