"""What is wrong with a cache's declaration."""

from math import inf

from watchbill.catalogue.cache import LAYER
from watchbill.problem import is_a

_SHORTEST = 1e-9


def faults_of(name: object, layer: object, ttl: object, price: object, **functions: object) -> list[str]:
    """Everything, in a person's words."""
    faults: list[str] = []
    if not (isinstance(name, str) and name.strip()):
        faults.append(f"name={name!r} is no name: give text, such as 'product', that is written in the code")
    if layer not in LAYER.values:
        faults.append(f"layer={layer!r} is none of {', '.join(LAYER.values)}")
    if ttl is not None and not _is_number(ttl, least=_SHORTEST):
        faults.append(f"ttl={ttl!r}: give seconds above 0, or None where values do not expire")
    if not _is_number(price, least=0):
        faults.append(f"price={price!r}: give US dollars from 0 on")
    return faults + [
        f"{role}={function!r} cannot be called: give a function without arguments"
        for role, function in functions.items()
        if not (function is None or callable(function))
    ]


def _is_number(value: object, *, least: float) -> bool:
    return isinstance(value, int | float) and not is_a(value, bool) and least <= value < inf
