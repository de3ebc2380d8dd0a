"""What goes wrong in a text that Prometheus fills in, which is written in Go's template language."""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from watchbill_stack.check.nearest import nearest
from watchbill_stack.check.shown_labels import moves_dot

_STRING = r'"(?:\\.|[^"\\])*"|`[^`]*`|/\*.*?\*/'
_BODY = re.compile(rf"(?:{_STRING}|'(?:\\.|[^'\\])+'|[^{{}}\"'`])*+(?=\}}\}})", re.DOTALL)
_TOKEN = re.compile(
    rf"{_STRING}|\d[\w.]*|\$(?P<variable>\w*)(?:\.\w+)*|(?<![\w)])\.(?P<field>[A-Za-z_]\w*)(?:\.\w+)*"
    r"|(?<!\.)\b(?P<word>[A-Za-z_]\w*)",
    re.DOTALL,
)
_DEFINED = re.compile(r"\$(\w+)\s*(?=:=|,\s*\$\w+\s*:=)")
_OPENING = frozenset({"if", "with", "range", "define", "block"})
_FIELDS = ("Labels", "ExternalLabels", "ExternalURL", "Value")
_VARIABLES = ("labels", "externalLabels", "externalURL", "value")
_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        and or not len index slice print printf println html js urlquery call eq ne lt le gt ge true false nil
        if else end range with define template block break continue
        query first label value strvalue sortByLabel args tmpl safeHtml pathPrefix externalURL parseDuration now
        match reReplaceAll title toUpper toLower stripPort stripDomain urlQueryEscape graphLink tableLink
        humanize humanize1024 humanizeDuration humanizePercentage humanizeTimestamp toTime toDuration
        """,
    )
)


def faults_of_template(text: str) -> tuple[str, ...]:
    """Each part that cannot be filled in; a function that looks like no known one is taken for a newer one."""
    bodies: list[str] = []
    position = 0
    while (start := text.find("{{", position)) >= 0:
        body = _BODY.match(text, start + 2)
        if body is None:
            return (f"the action {text[start : start + 20]!r} is not closed by }}}}",)
        bodies.append(body[0].removeprefix("-").removesuffix("-").strip())
        position = body.end() + 2
    return _faults_of_actions(tuple(bodies), at_root=not moves_dot(text))


@lru_cache(maxsize=1024)
def _faults_of_actions(bodies: tuple[str, ...], *, at_root: bool) -> tuple[str, ...]:
    known = {"", *_VARIABLES, *(name for body in bodies for name in _DEFINED.findall(body))}
    return (*_unclosed(bodies), *(fault for body in bodies for fault in _unknown(body, known, at_root=at_root)))


def _unclosed(bodies: tuple[str, ...]) -> Iterator[str]:
    words = [body.split(maxsplit=1)[0] if body else "" for body in bodies]
    opened = sum(word in _OPENING for word in words)
    ended = words.count("end")
    if opened != ended:
        yield f"{opened} blocks are opened, but {ended} are ended"


def _unknown(body: str, known: set[str], *, at_root: bool) -> Iterator[str]:
    for token in _TOKEN.finditer(body):
        variable, field, word = token["variable"], token["field"], token["word"]
        if variable is not None and variable not in known:
            yield f"there is no variable ${variable}; {_instead(variable, known, '$')}"
        elif field is not None and at_root and field not in _FIELDS:
            yield f"an alert has no .{field}; {_instead(field, _FIELDS, '.')}"
        elif word is not None and word not in _WORDS and nearest(word, _WORDS):
            yield f"there is no function {word}; {_instead(word, _WORDS, '')}"


def _instead(name: str, among: Collection[str], sign: str) -> str:
    close = nearest(name, among)
    if close:
        return f"nearest is {sign}{close}"
    return f"there are {', '.join(sign + one for one in sorted(among) if one)}"
