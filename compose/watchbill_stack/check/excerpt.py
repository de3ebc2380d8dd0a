"""The part of an expression where a mistake stands, with the place marked."""

_MARGIN = "…"


def excerpt(text: str, start: int, end: int, width: int = 100) -> tuple[str, str]:
    """The line that holds `start`, cut around it to `width` columns, and a line of carets for beneath it.

    The second line is empty where no place is marked.
    """
    start = min(max(start, 0), len(text))
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", start)
    line = text[first : last if last >= 0 else len(text)].replace("\t", " ")
    begin, stop = start - first, min(end - first, len(line))
    if stop <= begin:
        return _cut(line, 0, 0, width)[0], ""
    shown, begin, stop = _cut(line, begin, stop, width)
    return shown, " " * begin + "^" * (stop - begin)


def _cut(line: str, begin: int, stop: int, width: int) -> tuple[str, int, int]:
    if len(line) <= width:
        return line, begin, stop
    spare = max(width - (stop - begin), width // 4)
    left = min(max(begin - spare // 2, 0), max(len(line) - width, 0))
    right = min(left + width, len(line))
    head, tail = _MARGIN if left else "", _MARGIN if right < len(line) else ""
    shown = head + line[left + len(head) : right - len(tail)] + tail
    return shown, begin - left, min(stop - left, len(shown) - len(tail))
