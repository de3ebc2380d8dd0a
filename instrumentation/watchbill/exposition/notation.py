"""How both formats spell numbers, names and texts."""

from functools import lru_cache
from math import trunc

from prometheus_client.openmetrics.exposition import escape_metric_name
from prometheus_client.samples import Exemplar

_LABEL_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_HELP_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n"})
_WHOLE = 1e15


def number(value: float) -> str:
    """A value as both formats read it, whole numbers without a fraction."""
    try:
        whole = trunc(value)
    except ValueError:
        return "NaN"
    except OverflowError:
        return "+Inf" if value > 0 else "-Inf"
    return str(whole) if whole == value and -_WHOLE < whole < _WHOLE else repr(float(value))


def numbers(values: tuple[float, ...]) -> tuple[str | int | float, ...]:
    """Values as `%s` is to write them; most are whole, which is quickest."""
    try:
        whole = tuple(map(int, values))
    except (ValueError, OverflowError):
        return tuple(map(number, values))
    if not whole or max(whole) >= _WHOLE or min(whole) <= -_WHOLE:
        return tuple(map(number, values))
    # `%s` writes a fraction as repr does.
    return (
        whole
        if whole == values
        else tuple([one if one == value else value for one, value in zip(whole, values, strict=True)])
    )


def escaped(value: str) -> str:
    """What stands between a label's quotes."""
    return value.translate(_LABEL_ESCAPES) if '"' in value or "\\" in value or "\n" in value else value


def writable(text: str) -> str:
    """The text without lone surrogates, as from bytes that are no UTF-8: one would make a whole page unwritable."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


@lru_cache(maxsize=4096)
def legal(name: str) -> str:
    """A metric's or label's name with underscores for what is no letter, digit or underscore."""
    return escape_metric_name(name)


def head(name: str, kind: str, help_text: str, *, openmetrics: bool) -> str:
    """The HELP and TYPE lines of a family under its full name."""
    text = help_text.translate(_LABEL_ESCAPES if openmetrics else _HELP_ESCAPES)
    if openmetrics and kind == "counter":
        # OpenMetrics names the family without _total, and knows no counter whose samples lack it.
        name, kind = (name.removesuffix("_total"), kind) if name.endswith("_total") else (name, "unknown")
    kind = "untyped" if kind == "unknown" and not openmetrics else kind
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n"


def allows_exemplars(name: str, kind: str) -> bool:
    """Whether OpenMetrics lets the samples of such a family carry exemplars."""
    return kind == "histogram" or (kind == "counter" and name.endswith("_total"))


def exemplar_text(exemplar: Exemplar) -> str:
    """What stands after a sample in OpenMetrics."""
    labels = ",".join(f'{name}="{escaped(value)}"' for name, value in exemplar.labels.items())
    time = "" if exemplar.timestamp is None else f" {exemplar.timestamp}"
    return f" # {{{labels}}} {number(exemplar.value)}{time}"
