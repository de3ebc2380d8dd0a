"""Changes that others follow from: an objective, a rename, a threshold, and the words that give such followers away."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from watchbill_stack.difference.change import Change
from watchbill_stack.difference.expression import Swap, laid_out, lone_parts, said, swaps

_QUOTES = "\"'`"
_WORD = re.compile(r'(?P<string>"[^"\n]*")|(?<![/$\w])(?P<word>[a-zA-Z_:](?:[\w:-]*[\w:])?)(?!/\w)')
_MATCHER = re.compile(r"([a-zA-Z_]\w*)\s*(?:=~|!=|!~|=)\s*\Z")
_LONGEST = 100
_NAME = "__name__"
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
        if not self.words and not self.equal and self.budget is None:
            return False
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
    _lone: list[Cause] = field(default_factory=list[Cause])
    _by_service: dict[str, list[Cause]] = field(default_factory=dict[str, list[Cause]])

    def add(self, *causes: Cause) -> None:
        """Causes found later count for what is compared later."""
        self.found += causes
        self._lone += (cause for cause in causes if cause.dependency or cause.change.area == "service")
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
            causes = (cause,) if cause is not None else self._alternatives(service, swap)
            if not causes:
                return ()
            behind |= {id(one): one for one in causes}
        return tuple(behind.values())

    def behind_parts(self, service: str, old: str, new: str) -> tuple[Cause, ...]:
        """What came or went, where two texts differ in nothing but parts that name it."""
        names = self._names(service)
        parts = lone_parts(old, new) if names else ()
        if not all(words & names.keys() for words in parts):
            return ()
        return tuple({id(names[one]): names[one] for words in parts for one in sorted(words & names.keys())}.values())

    def _alternatives(self, service: str, swap: Swap) -> tuple[Cause, ...]:
        """What came or went, where one value or regular expression lists just that more or less than another."""
        names = self._names(service)
        differ = {*swap.old.strip(_QUOTES).split("|")} ^ {*swap.new.strip(_QUOTES).split("|")}
        return tuple(names[one] for one in sorted(differ)) if differ <= names.keys() else ()

    def _names(self, service: str) -> dict[str, Cause]:
        """What came or went by the name that texts of a service call it; for others it is the service that says it."""
        found: dict[str, Cause] = {}
        for cause in self._lone:
            if cause.dependency:
                found.setdefault(cause.dependency if cause.service in {"", service} else cause.service, cause)
            else:
                found[cause.change.name] = cause
        return found

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
        # One name may stand for two that took its place.
        explained = self.behind(service, swaps(laid_out(old), other)) if behind else ()
        if explained:
            return [], explained, ()
        return [said(renamed, new)], behind, swapped or ()

    def renamed(self, service: str, expression: str) -> tuple[str, tuple[Cause, ...]]:
        """An expression of the former state under the names of the new one, and the causes of its new names.

        What a matcher compares with is no name, unless it names an objective or a metric.
        """
        used: dict[int, Cause] = {}

        def follow(found: re.Match[str]) -> str:
            word = found[0].strip('"')
            before = max(0, found.start() - _LONGEST), found.start()
            matcher = _MATCHER.search(expression, *before) if found["string"] else None
            is_value = matcher is not None and matcher[1] != _NAME
            for cause in self.of(service):
                if word in cause.words and not (is_value and cause.change.area == "metric"):
                    used[id(cause)] = cause
                    return found[0].replace(word, cause.words[word])
            return found[0]

        return _WORD.sub(follow, expression), tuple(used.values())
