"""A text made from another one, which remembers where each part of it stood."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Splice:
    """Parts are kept from `original`, or put in the place of some of it."""

    original: str
    text: str = ""
    _starts: list[tuple[int, int, int, bool]] = field(default_factory=list[tuple[int, int, int, bool]])

    def keep(self, start: int, end: int) -> None:
        """Append a part of the original as it stands."""
        if end > start:
            self._starts.append((len(self.text), start, end, True))
            self.text += self.original[start:end]

    def put(self, text: str, start: int, end: int) -> None:
        """Append a text in the place of a part of the original."""
        self._starts.append((len(self.text), start, end, False))
        self.text += text

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of the text stood in the original; a part that was put there stands for all it replaced."""
        touched = [one for one in self._pieces() if one[0] < max(end, start + 1) and one[1] > start]
        if not touched:
            return len(self.original), len(self.original)
        first, last = touched[0], touched[-1]
        begin = first[2] + (start - first[0] if first[4] and start > first[0] else 0)
        finish = last[3] - (last[1] - end if last[4] and end < last[1] else 0)
        return begin, max(begin, finish)

    def is_put(self, start: int, end: int, sign: str = "") -> bool:
        """Whether a part of the text touches what was put there, of that which begins with a sign."""
        return any(
            one[0] < max(end, start + 1) and one[1] > start and not one[4] and self.text.startswith(sign, one[0])
            for one in self._pieces()
        )

    def _pieces(self) -> list[tuple[int, int, int, int, bool]]:
        """Start and end in the text, start and end in the original, and whether it is kept."""
        ends = [*(start for start, *_ in self._starts[1:]), len(self.text)]
        return [(one[0], end, *one[1:]) for one, end in zip(self._starts, ends, strict=True)]

    def replaced(self) -> Iterator[tuple[str, str]]:
        """Each part of the original that was replaced, and what stands in its place."""
        for start, end, begin, finish, is_kept in self._pieces():
            if not is_kept:
                yield self.original[begin:finish], self.text[start:end]
