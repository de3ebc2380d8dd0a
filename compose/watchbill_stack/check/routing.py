"""Alertmanager's routes as it walks them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from watchbill_stack.check.carried import Carried
from watchbill_stack.check.matcher import Matcher


@dataclass(frozen=True, eq=False)
class Route:
    """A node of the tree. `goes_on` lets the routes after it look at the alert too (`continue: true`)."""

    receiver: str
    matchers: tuple[Matcher, ...] = ()
    goes_on: bool = False
    routes: "tuple[Route, ...]" = ()

    @classmethod
    def of(cls, document: Mapping[str, object], receiver: str = "") -> "Route":
        """From the configuration's own form; a route without a receiver has that of the one above it."""
        named = str(document.get("receiver", receiver))
        children = cast("Iterable[Mapping[str, object]]", document.get("routes", ()))
        return cls(
            receiver=named,
            matchers=tuple(Matcher.of(text) for text in cast("Iterable[str]", document.get("matchers", ()))),
            goes_on=bool(document.get("continue", False)),
            routes=tuple(cls.of(child, named) for child in children),
        )

    @property
    def title(self) -> str:
        """Its receiver and its conditions."""
        return f"route to {self.receiver}" + (f" ({', '.join(map(str, self.matchers))})" if self.matchers else "")

    def walk(self) -> "Iterator[Route]":
        """It and all below it, from the top."""
        yield self
        for route in self.routes:
            yield from route.walk()

    def reached(self, alert: Carried) -> "Iterator[Route]":
        """Every route that an alert can pass or end in, once it is here."""
        yield self
        for route in self._worth_trying(alert):
            if all(alert.may_meet(one) for one in route.matchers):
                yield from route.reached(alert)
                if not route.goes_on and all(alert.must_meet(one) for one in route.matchers):
                    return

    def claims(self, alert: Carried) -> bool:
        """Whether one of the routes under it can take an alert."""
        return any(all(alert.may_meet(one) for one in route.matchers) for route in self._worth_trying(alert))

    def _worth_trying(self, alert: Carried) -> "Iterable[Route]":
        """The routes below in their order, but for those that stand under another value of the same label."""
        label, by_value, others = self._index
        if not label or alert.is_unknown(label):
            return self.routes
        chosen = [*by_value.get(alert.fixed.get(label, ""), ()), *others]
        return (route for _, route in sorted(chosen, key=lambda numbered: numbered[0]))

    @cached_property
    def _index(self) -> "tuple[str, dict[str, list[tuple[int, Route]]], list[tuple[int, Route]]]":
        """The label that most routes below ask for by one value, and the routes by that value."""
        asked = Counter(route.matchers[0].label for route in self.routes if route.is_by_value)
        label = next((found for found, _ in asked.most_common(1)), "")
        by_value: dict[str, list[tuple[int, Route]]] = {}
        others: list[tuple[int, Route]] = []
        for number, route in enumerate(self.routes):
            if route.is_by_value and route.matchers[0].label == label:
                by_value.setdefault(route.matchers[0].value, []).append((number, route))
            else:
                others.append((number, route))
        return label, by_value, others

    @property
    def is_by_value(self) -> bool:
        """Whether its first condition is one value of a label."""
        return bool(self.matchers) and self.matchers[0].operator == "="
