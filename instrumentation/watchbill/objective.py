"""Service level objectives: what share of requests must be good over 30 days."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from sys import float_info
from typing import cast

from watchbill.burn_rate import BURN_RATES
from watchbill.links import slug
from watchbill.problem import Declared, Problem, is_a


@dataclass(frozen=True)
class Objective(Declared):
    """`percent` of requests must be good, for one route or all. Use `availability` or `latency`."""

    percent: Decimal
    route: str | None = field(default=None, kw_only=True)

    @property
    def name(self) -> str:
        """Unique within its service; the value of the label `slo`."""
        return f"objective{self._suffix()}"

    @property
    def title(self) -> str:
        """The objective in a person's words."""
        return f"{self._percent()} of {self._scope()} good"

    @property
    def ratio(self) -> Decimal:
        """The share of good requests asked for, 0 to 1, exactly."""
        return self.percent / 100

    @property
    def budget(self) -> Decimal:
        """The share of requests that may be bad, 0 to 1, exactly."""
        return 1 - self.ratio

    def problems(self) -> Iterator[Problem]:
        if type(self) is Objective:
            yield self.problem("an Objective alone does not say what is good", "use availability(…) or latency(…)")
        if not is_exact(self.percent):
            yield self.problem(f"an objective of {self.percent!r} is no percentage", "give a number, such as 99.9")
        elif not 0 < self.percent < 100:
            yield self.problem(
                f"an objective of {self._percent()} cannot be kept or missed",
                "give a percentage between 0 and 100",
            )
        else:
            yield from self._unfireable()
        if self.route is not None and not (is_a(self.route, str) and self.route.startswith("/")):
            yield self.problem(
                f"{self.route!r} is no route",
                'give the route\'s template as the app declares it, such as "/users/{id}"',
            )

    def _unfireable(self) -> Iterator[Problem]:
        fastest = max(rate.factor for rate in BURN_RATES)
        if fastest * self.budget >= 1:
            least = 100 * (1 - 1 / fastest)
            yield self.problem(
                f"with an objective of {self._percent()} the fast page can never fire: it asks for an error ratio"
                f" above {float(fastest):g} × {self.budget:f} = {float(fastest * self.budget):.4g}",
                f"give an objective above {least:.2f} %",
            )

    def _percent(self) -> str:
        return f"{self.percent:f} %" if is_exact(self.percent) else repr(self.percent)

    def _suffix(self) -> str:
        return f"-{slug(str(self.route)) or 'root'}" if self.route else ""

    def _scope(self) -> str:
        return f"requests to {self.route}" if self.route else "requests"


@dataclass(frozen=True)
class Availability(Objective):
    """A request is good unless the server failed it (status 5xx)."""

    @property
    def name(self) -> str:
        return f"availability{self._suffix()}"

    @property
    def title(self) -> str:
        return f"{self._percent()} of {self._scope()} answered without a server error"


@dataclass(frozen=True)
class Latency(Objective):
    """A request is good when its last byte left within `seconds`."""

    seconds: float = field(kw_only=True)

    @property
    def name(self) -> str:
        return f"latency-{slug(self._seconds())}s{self._suffix()}"

    @property
    def title(self) -> str:
        return f"{self._percent()} of {self._scope()} answered within {self._seconds()} s"

    def problems(self) -> Iterator[Problem]:
        yield from Objective.problems(self)
        if not is_time(self.seconds):
            yield self.problem(
                f"no request is answered within {self.seconds!r} seconds",
                "give a number of seconds above 0, such as 0.5",
            )

    def _seconds(self) -> str:
        return f"{exact(self.seconds).normalize():f}" if is_time(self.seconds) else str(self.seconds)


def availability(percent: float | str, *, route: str | None = None) -> Availability:
    """An objective on server errors: `availability(99.9)`."""
    return Availability(exact(percent), route=route)


def latency(seconds: float, percent: float | str, *, route: str | None = None) -> Latency:
    """An objective on time: `latency(0.5, 95)` wants 95 % of answers within half a second."""
    return Latency(exact(percent), route=route, seconds=seconds)


def exact(number: float | str) -> Decimal:
    """A number as written. What is none is kept as it is, for `problems()` to show."""
    try:
        return Decimal(str(number))
    except (InvalidOperation, ValueError):
        return cast("Decimal", number)


def is_exact(value: object) -> bool:
    """Whether a value is a finite Decimal."""
    return isinstance(value, Decimal) and value.is_finite()


def is_time(value: object) -> bool:
    """Whether a value is a finite number of seconds above 0."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= float_info.max
