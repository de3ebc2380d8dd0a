"""An expression of a dashboard as PromQL: every variable replaced by a value of the type that its place asks for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, product

from watchbill import duration
from watchbill.catalogue.label import LE
from watchbill_stack.foreign.splice import Splice
from watchbill_stack.foreign.variable import DURATIONS, MENTION, NUMBERS, Mention, Variables, mentions

ANYTHING = "__variable__"
"""Stands for a name that only the reader of the dashboard knows."""
_NUMBER = f"scalar({ANYTHING})"
_VALUE = "_variable_"
_READINGS, _MANY_PIECES = 24, 100

_STRING = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`"""
_WORD = rf"(?:[A-Za-z_:]|{MENTION})(?:[\w:]|{MENTION})*"
_TOKEN = re.compile(
    rf"(?P<space>\s+|\#[^\n]*)|(?P<string>{_STRING})|(?P<word>{_WORD})|(?P<number>\d[\w.]*)"
    r"|(?P<window>\[(?:\[\[\w+(?::\w+)?\]\]|[^\[\]])*\])|(?P<sign>.)",
    re.DOTALL,
)
_MATCHER = re.compile(rf"(?P<label>{_WORD}|{_STRING})\s*(?P<operator>=~|!~|!=|=)\s*(?P<value>{_STRING}|{MENTION})")
_LENGTH = re.compile(rf"(?:\d*(?:{MENTION}))+[a-z]*")
# What the parser does not know under its older or newer name; `anchored` and `smoothed` change no label.
_TODAYS = {"holt_winters": "double_exponential_smoothing", "anchored": "", "smoothed": ""}
_TO_READ = re.compile(r"\$|\[\[|\d_|" + "|".join(_TODAYS))
_GROUPINGS = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_QUOTES = frozenset("\"'`")
_FUNCTION = re.compile(r"[a-z_][a-z0-9_]*")
_REGEX_SIGNS = re.compile(r"[.+*?()\[\]{}|^$]")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the text that is read in one of several ways; the first that parses holds."""

    start: int
    end: int
    ways: tuple[str, ...]


@dataclass(slots=True)
class Reading:
    """What an expression may mean. `mentions` are its variables, those in comments left out."""

    text: str
    pieces: list[_Piece] = field(default_factory=list[_Piece])
    mentions: list[Mention] = field(default_factory=list[Mention])

    def cover(self, start: int, end: int, text: str) -> None:
        """Read a part as this text, whatever stands there."""
        if end > start or text:
            self.pieces = sorted((*self.pieces, _Piece(start, end, (text,))), key=lambda piece: piece.start)

    @staticmethod
    def is_loose(text: str) -> bool:
        """Whether some name in a text that was read is a variable's, so that its labels are anybody's guess."""
        return ANYTHING in text.replace(_NUMBER, "")

    def texts(self) -> Iterator[Splice]:
        """The ways to read it, the likeliest first; one where it has no variable."""
        most = _READINGS if len(self.pieces) <= _MANY_PIECES else 1
        for ways in islice(product(*(piece.ways for piece in self.pieces)), most):
            splice, end = Splice(self.text), 0
            for piece, way in zip(self.pieces, ways, strict=True):
                splice.keep(end, piece.start)
                splice.put(way, piece.start, piece.end)
                end = piece.end
            splice.keep(end, len(self.text))
            yield splice


def read(
    text: str, variables: Variables | None, scrape_interval: float = 15.0, within: tuple[int, int] | None = None
) -> Reading:
    """Finds the type of each variable from where it stands; never raises.

    A rule file has no variables: None. Outside of `within`, nothing is looked at.
    """
    if not _TO_READ.search(text):
        return Reading(text)
    scanner = _Scanner(text, variables, duration.text(4 * scrape_interval))
    scanner.run(*(within or (0, len(text))))
    return Reading(text, scanner.pieces, scanner.mentions)


class _Scanner:
    def __init__(self, text: str, variables: Variables | None, rate_interval: str) -> None:
        self.text = text
        self.variables: Variables = variables or {}
        self._mentions = mentions if variables is not None else _none
        self.rate_interval = rate_interval
        self.pieces: list[_Piece] = []
        self.mentions: list[Mention] = []
        self._nesting: list[str] = []
        self._before = ""

    def run(self, at: int, end: int) -> None:
        """Reads token by token."""
        while at < end:
            found = _TOKEN.match(self.text, at, end)
            if found is None or found[0] in _QUOTES:
                # A string that is not closed hides the rest.
                break
            after = self._take(found)
            if found.lastgroup != "space":
                self.mentions += self._mentions(self.text[at:after], at)
            at = after

    def _take(self, token: re.Match[str]) -> int:
        inside = self._nesting[-1] if self._nesting else ""
        if inside == "{" and token.lastgroup in {"word", "string"}:
            end = self._matcher(token)
        else:
            end = token.end()
            match token.lastgroup:
                case "space":
                    return end
                case "word":
                    self._word(token, inside)
                case "string":
                    self._string(token)
                case "window":
                    self._window(token)
                case "number" if "_" in token[0]:
                    self._put(*token.span(), token[0].replace("_", ""))
                case _:
                    self._sign(token[0])
        self._before = f"{self._before} {token[0]}"[-60:]
        return end

    def _sign(self, sign: str) -> None:
        if sign in "({":
            self._nesting.append("grouping" if sign == "(" and self._last in _GROUPINGS else sign)
        elif sign in ")}" and self._nesting:
            self._nesting.pop()

    @property
    def _last(self) -> str:
        return self._before.rpartition(" ")[2].lower()

    def _put(self, start: int, end: int, *ways: str) -> None:
        self.pieces.append(_Piece(start, end, ways))

    def _exact(self, text: str) -> str | None:
        """The text with its constants written out, where it mentions nothing else."""
        parts: list[str] = []
        end = 0
        for mention in self._mentions(text):
            variable = self.variables.get(mention.name)
            if variable is None or variable.exact is None:
                return None
            parts += [text[end : mention.start], variable.exact]
            end = mention.end
        return "".join((*parts, text[end:])) if parts else None

    def _word(self, token: re.Match[str], inside: str) -> None:
        if token[0] in _TODAYS:
            self._put(*token.span(), _TODAYS[token[0]])
        if not any(self._mentions(token[0])):
            return
        exact = self._exact(token[0])
        self._put(*token.span(), *(() if exact is None else (exact,)), *self._ways(token, inside))

    def _ways(self, token: re.Match[str], inside: str) -> tuple[str, ...]:
        names = [mention.name for mention in self._mentions(token[0])]
        after = self.text[token.end() :].lstrip()
        if self._last == "offset" or self._before.endswith(" offset -"):
            return ("5m",)
        if self._last == "@":
            return ("1700000000",)
        if names[0] in NUMBERS:
            return ("3600",)
        if names[0] in DURATIONS:
            return ("300",)
        if inside == "grouping":
            return (ANYTHING,)
        if _calls(after):
            return self._functions(names[0])
        return (_NUMBER, ANYTHING) if _is_whole(token[0]) and not after.startswith(("{", "[")) else (ANYTHING,)

    def _functions(self, name: str) -> tuple[str, ...]:
        written = self.variables[name].values if name in self.variables else ()
        return *(one for one in written if _FUNCTION.fullmatch(one)), "max", "max_over_time", "rate", "abs"

    def _string(self, token: re.Match[str]) -> None:
        known = [one for one in self._mentions(token[0]) if one.name in self.variables]
        if not known:
            return
        exact = self._exact(token[0])
        text, end = "", 0
        for mention in known:
            text += token[0][end : mention.start] + ANYTHING
            end = mention.end
        self._put(*token.span(), text + token[0][end:] if exact is None else exact)

    def _window(self, token: re.Match[str]) -> None:
        content = token[0]
        if not any(self._mentions(content)):
            return
        exact = self._exact(content)
        window, colon, step = content[1:-1].partition(":") if "[[" not in content else (content[1:-1], "", "")
        ways = f"[{self._length(window, '1h' if colon else '5m')}{colon}{self._length(step, '1m')}]"
        self._put(*token.span(), *((exact, ways) if exact else (ways,)))

    def _length(self, text: str, usual: str) -> str:
        def length(found: re.Match[str]) -> str:
            names = {mention.name for mention in self._mentions(found[0])}
            if "__range" in names:
                return "1h"
            return self.rate_interval if names == {"__rate_interval"} and usual == "5m" else usual

        return _LENGTH.sub(length, text)

    def _matcher(self, token: re.Match[str]) -> int:
        found = _MATCHER.match(self.text, token.start())
        if found is None:
            if token.lastgroup == "word" and any(self._mentions(token[0])):
                self._put(*token.span(), f'{ANYTHING}!="_"', f'{ANYTHING}=~".+"', "")
            return token.end()
        if any(self._mentions(found["label"])):
            self._put(*found.span("label"), self._exact(found["label"]) or ANYTHING)
        if any(self._mentions(found["value"])):
            exact = self._exact(found["value"]) if found["value"][0] in "\"'`" else None
            if exact is not None:
                self._put(*found.span("value"), exact)
            else:
                self._put(found.start("operator"), found.end(), *_matching(found))
        return found.end()


def _none(_text: str, _offset: int = 0) -> Iterator[Mention]:
    yield from ()


def _is_whole(word: str) -> bool:
    """Whether a word is one variable and nothing else."""
    return re.fullmatch(MENTION, word) is not None


def _calls(after: str) -> bool:
    return after.startswith("(") or re.match(r"(?:by|without)\b", after) is not None


def _matching(matcher: re.Match[str]) -> Iterator[str]:
    """A condition on a label as one that anything could meet, as far as its variables go."""
    operator, value = matcher["operator"], matcher["value"]
    quote, content = (value[0], value[1:-1]) if value[0] in "\"'`" else ('"', value)
    if operator.startswith("!"):
        yield operator + quote + re.sub(MENTION, _VALUE, content) + quote
        return
    if matcher["label"] == LE.name:
        # Several buckets at once contain one another; the reader chooses one.
        yield '="+Inf"'
        return
    escape = "\\" if quote == "`" else "\\\\"
    literal = re.split(f"({MENTION})", content)
    for anything in (".*", ".+"):
        parts = (
            anything if index % 2 else part if operator == "=~" else _REGEX_SIGNS.sub(lambda one: escape + one[0], part)
            for index, part in enumerate(literal)
        )
        yield "=~" + quote + "".join(parts) + quote
