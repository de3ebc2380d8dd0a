"""Every series name that expressions may refer to, in the spelling that one names profile exposes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from watchbill.flow.family import Family
from watchbill.flow.resemblance import Resemblance


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Families by the names of their series. `is_complete` makes a name that is not in it a mistake."""

    families: Mapping[str, Family] = field(default_factory=lambda: MappingProxyType(dict[str, Family]()))
    is_complete: bool = True
    _nearest: dict[str, str] = field(default_factory=dict[str, str], init=False, repr=False)

    @classmethod
    def of(cls, families: Iterable[Family], *, is_complete: bool = True) -> "Vocabulary":
        """The last of several families with one name holds."""
        return cls(MappingProxyType({family.name: family for family in families}), is_complete)

    def get(self, name: str) -> Family | None:
        """The family whose series bear this name."""
        return self.families.get(name)

    def with_families(self, more: Iterable[Family]) -> "Vocabulary":
        """With more families, which replace those of the same name."""
        return Vocabulary.of((*self.families.values(), *more), is_complete=self.is_complete)

    def nearest(self, name: str) -> str:
        """The known name that looks most like this one; empty where none does."""
        # A thousand services that make the same mistake ask a thousand times.
        if name not in self._nearest:
            self._nearest[name] = self._resemblance.nearest(name)
        return self._nearest[name]

    @cached_property
    def _resemblance(self) -> Resemblance:
        return Resemblance(self.families)

    def __iter__(self) -> Iterator[Family]:
        return iter(self.families.values())

    def __len__(self) -> int:
        return len(self.families)
