"""What tokens cost, by model."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import cast

from watchbill.problem import is_a, is_list

_MILLION = 1_000_000
_ENDS = "-@:."


class Prices:
    """US dollars per million tokens: read, written, and read from the provider's cache (as read, where not given)."""

    def __init__(self, declared: Mapping[str, Sequence[float]]) -> None:
        self._prices = {model: tuple(price) for model, price in declared.items()}
        self._longest = sorted(self._prices, key=len, reverse=True)

    def cost(self, model: str, tokens: Mapping[str, int]) -> float | None:
        """None where the model has no price. A dated model, `gpt-4o-2024-08-06`, has that of its name, `gpt-4o`."""
        name = next((one for one in self._longest if model == one or _is_kind_of(model, one)), None)
        if name is None:
            return None
        price = self._prices[name]
        read, written, *cached = price
        dear = tokens.get("input", 0) * read + tokens.get("output", 0) * written
        return (dear + tokens.get("cached", 0) * (cached[0] if cached else read)) / _MILLION


def faults_of(prices: object) -> list[str]:
    """What is wrong with declared prices."""
    if not is_a(prices, Mapping):
        return [f"prices is {type(prices).__name__}: give {{model: (read, written)}}"]
    found: list[str] = []
    for model, price in cast("Mapping[object, object]", prices).items():
        numbers = cast("Sequence[object]", price) if is_list(price) else ()
        right = [one for one in numbers if isinstance(one, int | float) and isfinite(one) and one >= 0]
        if not (isinstance(model, str) and model) or len(numbers) not in (2, 3) or len(right) != len(numbers):
            found.append(
                f"prices of {model!r}: give US dollars per million tokens read, written and, if you like, cached"
            )
    return found


def _is_kind_of(model: str, name: str) -> bool:
    return model.startswith(name) and model[len(name)] in _ENDS
