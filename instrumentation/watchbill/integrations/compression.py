"""Compressing middlewares of Starlette applications: Starlette's gzip, brotli_asgi, and whatever is named like one."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from watchbill.asgi import App
from watchbill.compression.edges import Edges
from watchbill.compression.policy import Policy
from watchbill.compression.series import CompressionSeries
from watchbill.emission import Emission
from watchbill.fault import Faults
from watchbill.report import Entry

_GZIP = "starlette.middleware.gzip.GZipMiddleware"
_BROTLI = "brotli_asgi.BrotliMiddleware"
_NAMED_LIKE_ONE = re.compile(r"gzip|brotli|zstd|deflate|(?<!de)compress", re.IGNORECASE)
_DEEPEST = 200


class Splice:
    """Our two layers in one built middleware stack; `found` names the middlewares between them.

    The series are asked for when there is one: an application without is left as it is.
    """

    def __init__(self, series: Callable[[], CompressionSeries], failed: Callable[[Exception], None]) -> None:
        self._series = series
        self._failed = failed
        self._edges: Edges | None = None
        self._put: list[tuple[Any, str, Any, Any]] = []
        self.found: list[str] = []

    def attach(self, app: Any, stack: App) -> None:
        """Puts the layers in. Raises InvalidDeclaration when a metric's name is taken by something else."""
        chain = list(_chain(stack))
        at = [place for place, one in enumerate(chain) if place and hasattr(one, "app") and _compresses(type(one))]
        if not at:
            self._attach_at_large(app, chain)
            return
        first, last = at[0], at[-1]
        policy = Policy.of_all(_policy(chain[place]) for place in at)
        edges = self._edges = Edges(self._series(), policy, self._failed, timed=len(at) == last - first + 1)
        self._replace(chain[last], "app", edges.inside(chain[last].app))
        self._replace(chain[first - 1], "app", edges.outside(chain[first]))
        self.found += [type(chain[place]).__name__ for place in at]

    def detach(self) -> None:
        """Takes them out; where another library holds one of them by now, it becomes transparent."""
        if self._edges is not None:
            self._edges.detached = True
        for holder, name, layer, original in reversed(self._put):
            if getattr(holder, name, None) is layer:
                setattr(holder, name, original)
        self._put.clear()
        self.found.clear()

    def _attach_at_large(self, app: Any, chain: list[Any]) -> None:
        """A middleware that is a function has nothing to put a layer in: then every user middleware lies between."""
        declared = [one.cls for one in getattr(app, "user_middleware", ())]
        named = [cls.__name__ for cls in declared if _compresses(cls)]
        router: Any = app.router
        if not named or len(chain) < 2 or getattr(router, "middleware_stack", None) is None:
            return
        edges = self._edges = Edges(self._series(), Policy(), self._failed, timed=False)
        self._replace(router, "middleware_stack", edges.inside(router.middleware_stack))
        self._replace(chain[0], "app", edges.outside(chain[0].app))
        self.found += named

    def _replace(self, holder: Any, name: str, layer: App) -> None:
        self._put.append((holder, name, layer, getattr(holder, name)))
        setattr(holder, name, layer)


class Compression:
    """The compressing middlewares of one Observability's applications. Without an emission nothing is put in."""

    def __init__(self, emission: Emission | None, faults: Faults) -> None:
        self._emission = emission
        self._faults = faults
        self._series: CompressionSeries | None = None
        self._splices: list[tuple[Any, Splice]] = []

    def attach(self, app: Any, stack: App) -> None:
        """Looks for them in a stack just built; what fails leaves the stack as it is."""
        emission = self._emission
        if emission is None:
            return
        splice = Splice(lambda: self._counting(emission), self._failed)
        try:
            splice.attach(app, stack)
        except Exception as error:  # noqa: BLE001  never into the application, which is serving already
            splice.detach()
            self._failed(error)
        if splice.found:
            self._splices.append((app, splice))

    def detach(self, app: object) -> None:
        """Takes the layers out of an application."""
        for owner, splice in self._splices:
            if owner is app:
                splice.detach()
        self._splices = [(owner, splice) for owner, splice in self._splices if owner is not app]

    def entries(self) -> list[Entry]:
        """What the report says."""
        found = ", ".join(sorted({name for _, splice in self._splices for name in splice.found}))
        return [Entry("compression", "on", f"what {found} does is measured")] if found else []

    def _counting(self, emission: Emission) -> CompressionSeries:
        if self._series is None:
            self._series = CompressionSeries(emission)
        return self._series

    def _failed(self, error: Exception) -> None:
        self._faults.report("compression", error)


def _chain(stack: Any) -> Iterator[Any]:
    """The middlewares from the outermost to the innermost that shows what it calls, and that one."""
    for _ in range(_DEEPEST):
        yield stack
        stack = getattr(stack, "app", None)
        if stack is None:
            return


def _compresses(kind: Any) -> bool:
    known = {f"{one.__module__}.{one.__qualname__}" for one in getattr(kind, "__mro__", ())} & {_GZIP, _BROTLI}
    return bool(known or _NAMED_LIKE_ONE.search(getattr(kind, "__name__", "")))


def _policy(middleware: Any) -> Policy:
    name = f"{type(middleware).__module__}.{type(middleware).__qualname__}"
    if name == _GZIP:
        return Policy.of(middleware, ("gzip",))
    if name == _BROTLI:
        return Policy.of(middleware, ("br", "gzip") if middleware.gzip_fallback else ("br",))
    return Policy.of(middleware)
