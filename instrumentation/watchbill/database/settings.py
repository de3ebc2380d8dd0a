"""How the queries of one database are watched."""

from dataclasses import dataclass
from typing import Any, get_type_hints

from watchbill.errors import InvalidDeclaration
from watchbill.problem import is_a


@dataclass(frozen=True, slots=True, kw_only=True)
class Queries:
    """`slow` is in seconds; 0 logs none. `n_plus_one` repetitions of a statement are too many; 0 looks for none.

    `comments` puts trace ids into statements, as sqlcommenter does. `plans` asks the server how it ran a slow
    statement, and for an index that would help; it costs one more query each.
    """

    slow: float = 0.1
    n_plus_one: int = 10
    comments: bool = False
    plans: bool = False

    def __post_init__(self) -> None:
        given: dict[str, Any] = {name: getattr(self, name) for name in get_type_hints(Queries)}
        faults = [
            f"{name}={value!r}: give {'True or False' if name in {'comments', 'plans'} else 'a number from 0 on'}"
            for name, value in given.items()
            if (name in {"comments", "plans"} and not is_a(value, bool))
            or (name not in {"comments", "plans"} and not _is_number(value))
        ]
        if is_a(self.n_plus_one, int) and self.n_plus_one == 1:
            faults.append("n_plus_one=1 would report every query: give 2 or more, or 0 for none")
        if faults:
            raise InvalidDeclaration("Queries", faults)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
