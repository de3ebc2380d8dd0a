"""A kind of target, as configuration, fleet and checks know it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from watchbill_exporters.advice import Advice, Findings, no_advice
from watchbill_exporters.configuration.section import Section
from watchbill_exporters.configuration.settings import Settings
from watchbill_exporters.resolver import Resolver
from watchbill_exporters.session import Driver


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a package that reads one kind of target gives to the others.

    `keys` are its options in a target or a module, beside those that all kinds have. `settings` reads them into
    settings of the kind's own class, given what all kinds have in common, and reports each mistake to the section.
    `driver` opens sessions; it imports what it needs when it is called. `remedy` is the line that gives an account a
    right it lacks, and `advice` says what else would show more.
    """

    # Any: each kind has settings of its own class, and gets back none but its own.
    name: str
    keys: tuple[str, ...]
    settings: Callable[[Section, Settings], Any]
    driver: Callable[[Any, Resolver], Driver]
    remedy: Callable[[Any, str], str]
    address: Literal["needed", "optional", "none"] = "needed"
    advice: Callable[[Findings], Iterable[Advice]] = no_advice
