"""A rate limit that the application declares itself."""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from watchbill.rate_limit.series import Outcome, RateLimitSeries

P = ParamSpec("P")
R = TypeVar("R")


class RateLimit:
    """One limit of the application's own: say `allowed()` or `limited()`, or put it where the decision is made.

    As a decorator of a function, sync or async, it counts a false return value as limited. There and in a `with`, an
    exception of the kinds in `raises` is limited and any other an error; each passes. Where `raises` is given, what
    the function returns says nothing. Without a series to count in it does nothing.
    """

    def __init__(
        self, name: str, scope: str, series: RateLimitSeries | None, raises: tuple[type[Exception], ...] = ()
    ) -> None:
        self.name = name
        self.scope = scope
        self._series = series
        self._raises = raises
        if series is not None:
            series.known(name, scope)

    def allowed(self) -> None:
        """The limit let one pass."""
        self._count("allowed")

    def limited(self) -> None:
        """The limit turned one away."""
        self._count("limited")

    def failed(self) -> None:
        """The limiter could not tell."""
        self._count("error")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: TracebackType | None) -> None:
        if error is None:
            self.allowed()
        else:
            self._raised(error)

    def __call__(self, decide: Callable[P, R]) -> Callable[P, R]:
        """The function, watched."""
        if iscoroutinefunction(decide):

            @wraps(decide)
            async def decided_later(*args: P.args, **kwargs: P.kwargs) -> Any:
                try:
                    answer = await decide(*args, **kwargs)
                except BaseException as error:
                    self._raised(error)
                    raise
                self._returned(answer)
                return answer

            return cast("Callable[P, R]", decided_later)

        @wraps(decide)
        def decided(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                answer = decide(*args, **kwargs)
            except BaseException as error:
                self._raised(error)
                raise
            self._returned(answer)
            return answer

        return decided

    def _raised(self, error: BaseException) -> None:
        if isinstance(error, self._raises):
            self.limited()
        elif isinstance(error, Exception):
            self.failed()

    def _returned(self, answer: object) -> None:
        try:
            passed = bool(self._raises or answer)
        except Exception:  # noqa: BLE001  a return value of any kind may refuse to be true or false
            self.failed()
        else:
            self._count("allowed" if passed else "limited")

    def _count(self, outcome: Outcome) -> None:
        if self._series is not None:
            self._series.count(self.name, self.scope, outcome)


def faults_of(name: object, scope: object, raises: tuple[object, ...]) -> list[str]:
    """What is wrong with a limit's declaration."""
    faults = [
        f"{role}={value!r} is no name: give text, such as {example!r}, that is written in the code"
        for role, value, example in (("name", name, "login"), ("scope", scope, "ip"))
        if not (isinstance(value, str) and value.strip())
    ]
    return faults + [
        f"raises={kind!r} is no kind of exception"
        for kind in raises
        if not (isinstance(kind, type) and issubclass(kind, Exception))
    ]
