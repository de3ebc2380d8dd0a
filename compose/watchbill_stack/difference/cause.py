"""Changes that others follow from: an objective, a rename, a threshold, and the words that give such followers away."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from watchbill_stack.difference.change import Change
from watchbill_stack.difference.expression import Swap, laid_out, said, swaps

_QUOTES = "\"'`"
_WORD = re.compile(r"[a-zA-Z_:](?:[\w:-]*[\w:])?")
_SCALES = (1, 100, 1000)
_PARTS = re.compile(r"\d+(?:\.\d+)?|[^\d]+")


@dataclass
class Cause:
    """`words` are swapped wherever the change is followed; of numbers, those that scale with a `budget` or are `equal`.

    A ratio is followed as a percentage and as what is left of one, too, and seconds as milliseconds. An empty `service`
    is every service. `dependency` is one that came or went.
    """

    change: Change
    service: str = ""
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    budget: tuple[Decimal, Decimal] | None = None
    equal: tuple[tuple[Decimal, Decimal], ...] = ()
    dependency: str = ""

    def explains(self, old: str, new: str) -> bool:
        """Whether one word stands in another's place because of the change; parts of words count, as in p95."""
        old, new = old.strip(_QUOTES), new.strip(_QUOTES)
        if old == new or self.words.get(old) == new or self._explains_number(old, new):
            return True
        if self.dependency and {*old.split("|")} ^ {*new.split("|")} == {self.dependency}:
            return True
        parts, others = _PARTS.findall(old), _PARTS.findall(new)
        return 1 < len(parts) == len(others) and all(map(self.explains, parts, others))

    def _explains_number(self, old: str, new: str) -> bool:
        try:
            one, other = Decimal(old), Decimal(new)
        except InvalidOperation:
            return False
        pairs = [(one / scale, other / scale) for scale in _SCALES]
        pairs += [(1 - one / scale, 1 - other / scale) for scale in (1, 100)]
        return any(pair in self.equal or (self.budget is not None and _scales(self.budget, *pair)) for pair in pairs)


def _scales(budget: tuple[Decimal, Decimal], old: Decimal, new: Decimal) -> bool:
    """Whether a number grows or shrinks as a budget does."""
    return old != 0 and (old * budget[1] == new * budget[0] or old * budget[0] == new * budget[1])


@dataclass
class Causes:
    """All causes of one comparison, in the order in which they were found."""

    found: list[Cause] = field(default_factory=list[Cause])
    _by_service: dict[str, list[Cause]] = field(default_factory=dict[str, list[Cause]])

    def add(self, *causes: Cause) -> None:
        """Causes found later count for what is compared later."""
        self.found += causes
        for cause in causes:
            self._by_service.setdefault(cause.service, []).append(cause)

    def of(self, service: str) -> Iterator[Cause]:
        """Those that can matter to a service."""
        yield from self._by_service.get(service, ())
        if service:
            yield from self._by_service.get("", ())

    def behind(self, service: str, swapped: Iterable[Swap] | None) -> tuple[Cause, ...]:
        """The causes that explain every swap together; none where one is left, or where there is no swap."""
        behind: dict[int, Cause] = {}
        for swap in swapped or ():
            cause = next((one for one in self.of(service) if one.explains(swap.old, swap.new)), None)
            if cause is None:
                return ()
            behind[id(cause)] = cause
        return tuple(behind.values())

    def query(self, service: str, old: str, new: str) -> tuple[list[str], tuple[Cause, ...], tuple[Swap, ...]]:
        """How two expressions differ: in words where no cause explains it, the causes, and the swaps without one."""
        if old == new:
            return [], (), ()
        renamed, behind = self.renamed(service, old)
        one, other = laid_out(renamed), laid_out(new)
        if one == other:
            return [], behind, ()
        swapped = swaps(one, other)
        explained = self.behind(service, swapped)
        if explained:
            return [], (*behind, *explained), ()
        return [said(renamed, new)], behind, swapped or ()

    def renamed(self, service: str, expression: str) -> tuple[str, tuple[Cause, ...]]:
        """An expression of the former state under the names of the new one, and the causes of its new names."""
        used: dict[int, Cause] = {}

        def follow(word: re.Match[str]) -> str:
            for cause in self.of(service):
                if word[0] in cause.words:
                    used[id(cause)] = cause
                    return cause.words[word[0]]
            return word[0]

        return _WORD.sub(follow, expression), tuple(used.values())
