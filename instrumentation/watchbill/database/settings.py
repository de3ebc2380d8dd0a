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
        wanted = {"slow": (int | float, "a number from 0 on"), "n_plus_one": (int, "a whole number from 0 on")}
        faults = [
            f"{name}={value!r}: give {wanted[name][1] if name in wanted else 'True or False'}"
            for name, value in given.items()
            if not (_is_number(value, wanted[name][0]) if name in wanted else is_a(value, bool))
        ]
        if self.n_plus_one == 1 and not is_a(self.n_plus_one, bool):
            faults.append("n_plus_one=1 would report every query: give 2 or more, or 0 for none")
        if faults:
            raise InvalidDeclaration("Queries", faults)


def _is_number(value: Any, kind: Any) -> bool:
    return is_a(value, kind) and not is_a(value, bool) and value >= 0
