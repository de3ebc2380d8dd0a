"""slowapi: counts what its limiter decides, on decorated routes and in its middlewares alike."""

from collections.abc import Callable, Iterable, Mapping
from threading import local
from typing import Any

from watchbill.errors import InvalidDeclaration
from watchbill.fault import Faults
from watchbill.problem import is_a
from watchbill.rate_limit.series import Outcome, RateLimitSeries

IP = "ip"
_EVALUATE = "_Limiter__evaluate_limits"
_MARK = "_watchbill_rate_limits"
_STRATEGIES = ("_limiter", "_fallback_limiter")
_BY_ADDRESS = frozenset({"slowapi.util.get_remote_address", "slowapi.util.get_ipaddr"})

KeyFunction = Callable[..., str]


class LimiterAttachment:
    """Our counting in one slowapi Limiter. `scopes` says what a key function counts by; else its own name does.

    Each limit that a request is held against is one decision, and what the limiter returns or raises stays as it is.
    """

    def __init__(
        self, limiter: Any, series: RateLimitSeries | None, scopes: Mapping[KeyFunction, str], faults: Faults
    ) -> None:
        misfits = [
            f"scopes maps {key!r} to {scope!r}: give a key function and text"
            for key, scope in scopes.items()
            if not (callable(key) and is_a(scope, str) and scope.strip())
        ]
        if not all(hasattr(limiter, name) for name in (_STRATEGIES[0], "_key_func")):
            misfits.append(f"{type(limiter).__name__} is no slowapi Limiter; give the limiter itself")
        if misfits:
            raise InvalidDeclaration("slowapi(limiter)", misfits)
        self.limiter = limiter
        self._series = series
        self._scopes = dict(scopes)
        self._faults = faults
        self._running = local()
        self._put: list[tuple[Any, str, Any]] = []

    @staticmethod
    def of(limiter: Any) -> "LimiterAttachment | None":
        """The attachment in place on a limiter."""
        return getattr(limiter, "__dict__", {}).get(_MARK)

    def attach(self) -> None:
        """Puts it in."""
        self.limiter.__dict__[_MARK] = self
        for name in _STRATEGIES:
            strategy = getattr(self.limiter, name, None)
            if strategy is not None:
                self._replace(strategy, "hit", self._counting(strategy.hit))
        if hasattr(self.limiter, _EVALUATE):
            self._replace(self.limiter, _EVALUATE, self._evaluating(getattr(self.limiter, _EVALUATE)))

    def detach(self) -> None:
        """Takes it out."""
        self.limiter.__dict__.pop(_MARK, None)
        for holder, name, layer in reversed(self._put):
            if holder.__dict__.get(name) is layer:
                del holder.__dict__[name]
        self._put.clear()

    def _replace(self, holder: Any, name: str, layer: Any) -> None:
        holder.__dict__[name] = layer
        self._put.append((holder, name, layer))

    def _evaluating(self, evaluate: Callable[..., None]) -> Callable[..., None]:
        """Keeps at hand which limits are being evaluated: the strategy is told the text of each, not its key."""

        def evaluated(request: Any, endpoint: str, limits: Iterable[Any]) -> None:
            self._running.limits = limits
            try:
                evaluate(request, endpoint, limits)
            finally:
                self._running.limits = ()

        return evaluated

    def _counting(self, hit: Callable[..., bool]) -> Callable[..., bool]:
        def counted(item: Any, *identifiers: str, **options: Any) -> bool:
            try:
                allowed = hit(item, *identifiers, **options)
            except Exception:
                self._count(item, "error")
                raise
            self._count(item, "allowed" if allowed else "limited")
            return allowed

        return counted

    def _count(self, item: Any, outcome: Outcome) -> None:
        try:
            if self._series is not None:
                self._series.count(str(item), self._scope(item), outcome)
        except Exception as error:  # noqa: BLE001  never into the application
            self._faults.report("rate_limit", error)

    def _scope(self, item: Any) -> str:
        limits = getattr(self._running, "limits", ())
        key: Any = next((one.key_func for one in limits if one.limit is item), self.limiter._key_func)  # noqa: SLF001  slowapi has no other name for it
        declared = self._scopes.get(key)
        if declared is not None:
            return declared
        name = getattr(key, "__qualname__", type(key).__qualname__)
        return IP if f"{getattr(key, '__module__', '')}.{name}" in _BY_ADDRESS else name
