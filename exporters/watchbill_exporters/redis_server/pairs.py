"""Values of INFO that have parts."""

from collections.abc import Iterable, Mapping


def pairs(text: str) -> Mapping[str, str]:
    """The parts of a value such as `calls=3,usec=7`, none of which holds a comma or a further equals sign."""
    words = text.replace("=", ",").split(",") if text else ()
    return dict(zip(words[::2], words[1::2], strict=True))


def assigned(parts: Iterable[str], sign: str) -> Mapping[str, str]:
    """Names and values with a sign between them, the first of each part."""
    return {name: value for name, _, value in (part.partition(sign) for part in parts)}
