"""What a statement's text says: its kind, its table, the text without values. No parser, but the tokens of SQL."""

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

from watchbill.catalogue.database import NO_TABLE

LONGEST: Final = 16_384
"""Characters of a statement that are read; what follows changes neither its kind nor its fingerprint."""

_SHOWN = 4_000
_LONGEST_NAME = 128


def _pattern(line_comment: str = r"--[^\n]*", quoted: str = "") -> re.Pattern[str]:
    return re.compile(
        rf"""
        (?P<space>\s+|{line_comment}|/\*.*?(?:\*/|\Z))
      | (?P<value>
            {quoted} \b[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)
          | (?:\b[xXbBnN]|\b[uU]&)?'(?:[^']|'')*(?:'|\Z)
          | \$(?P<tag>[^\W\d]\w*|)\$.*?(?:\$(?P=tag)\$|\Z)
          | \$\d+ | %s | %\(\w+\)s | \? | (?<![:\w]):[^\W\d]\w* | @\w+
          | (?<!\w)\.?\d(?:[eE][+-]\d|[\w.])*
        )
      | (?P<name>"(?:[^"]|"")*+" | `(?:[^`]|``)*+` | \[[A-Za-z_][\w\ $\#@]*\] | [^\W\d][\w$]*)
      | (?P<unended>["`].*)
      | (?P<mark>::|\S)
        """,
        re.VERBOSE | re.DOTALL,
    )


_STANDARD = _pattern()
_OF_MYSQL = _pattern(line_comment=r"--(?=\s|\Z)[^\n]*|\#[^\n]*")
_OF_ORACLE = _pattern(
    quoted=r"""
        \b[nN]?[qQ]'(?:
            \[.*?(?:\]'|\Z) | \(.*?(?:\)'|\Z) | \{.*?(?:\}'|\Z) | <.*?(?:>'|\Z) | (?P<end>\S).*?(?:(?P=end)'|\Z)
        ) |
    """
)
_TOKENS = {"mysql": _OF_MYSQL, "mariadb": _OF_MYSQL, "oracle.db": _OF_ORACLE}
# Nothing is tried twice: a list that does not end costs its length, and is one where the text ends.
_ITEM = r"(?> ?\?(?:::[A-Za-z_][\w ]*+(?:\(\?(?:, ?\?)?\))?(?:\[\])?)? ?)"
_ROW = rf"\({_ITEM}(?:,{_ITEM})*+(?:\)|\Z)"
_LIST = re.compile(rf"{_ROW}(?: ?, ?{_ROW})*+")
_UPSERT = re.compile(r"\bON\s+(?:CONFLICT|DUPLICATE\s+KEY)\b|^\s*REPLACE\b|\bOR\s+REPLACE\b", re.IGNORECASE)
_ARRAYS = re.compile(r"\b(?:ANY|UNNEST) ?\(", re.IGNORECASE)
_IN = re.compile(rf"\bIN ?({_ROW})", re.IGNORECASE)
_VERBS = {
    "select": "select",
    "values": "select",
    "table": "select",
    "insert": "insert",
    "replace": "insert",
    "update": "update",
    "delete": "delete",
    "merge": "merge",
    "create": "ddl",
    "alter": "ddl",
    "drop": "ddl",
    "truncate": "ddl",
    "comment": "ddl",
    "grant": "ddl",
    "revoke": "ddl",
    "reindex": "ddl",
    "call": "call",
    "exec": "call",
    "execute": "call",
    "do": "call",
    "copy": "copy",
}
_BEFORE_TABLE = {
    "select": {"from"},
    "insert": {"into"},
    "update": {"update"},
    "delete": {"from"},
    "merge": {"into"},
    "copy": {"copy"},
    "ddl": {"table", "on", "truncate"},
}
_BETWEEN = {"only", "if", "not", "exists", "or", "ignore", "abort", "fail", "rollback", "replace", "lateral", "table"}
_READS = {"select", "values", "table"}
_NO_NAMES = {"select", "set", "values", "default", "where", "unnest", "with"}
_OF_VERBS = frozenset({"insert", "update", "delete", "merge", "select", "values"})
_MANY_ITEMS = 10
_MYSQL = frozenset({"mysql", "mariadb"})
_VALUES = frozenset({"value", "unended"})
_WORDS = frozenset({"name", "mark"})


class Statement:
    """A statement's kind, as `query_type` has it, and the first table it names, without schema and quotes."""

    __slots__ = ("_normalised", "_system", "_text", "_without", "is_cut", "kind", "name", "table", "upserts")

    def __init__(self, text: str, system: str = "") -> None:
        self.is_cut = len(text) > LONGEST
        text = text[: LONGEST + 1]
        # A name with half a surrogate would make a whole batch of spans unwritable.
        self._text = text = text if text.isascii() else text.encode(errors="replace").decode()
        self._system = system
        self.kind, self.table = _kind_and_table(text, system)
        self.upserts = self.kind == "insert" and _UPSERT.search(text, 0, LONGEST) is not None
        self.name = self.kind.upper() if self.table == NO_TABLE else f"{self.kind.upper()} {self.table}"
        self._normalised = self._without = ""

    @property
    def normalised(self) -> str:
        """The text without comments and values; lists of values are one."""
        if not self._normalised:
            self._normalised = _LIST.sub("(?)", self._plain())
        return self._normalised

    @property
    def shown(self) -> str:
        """The same, cut to 4 000 characters."""
        return self.normalised[:_SHOWN]

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits, the same for statements that differ in values alone."""
        return fingerprint(self.normalised)

    @property
    def is_batched(self) -> bool:
        """Whether it asks for many at once: `IN` with more than 10 values, `= ANY`, `unnest`."""
        plain = self._plain()
        return _ARRAYS.search(plain) is not None or any(
            found[1].count("?") > _MANY_ITEMS for found in _IN.finditer(plain)
        )

    def _plain(self) -> str:
        if not self._without:
            without = _without_values(self._text, self._system)
            # What is cut may end within a value.
            self._without = without.rpartition(",")[0] or without if self.is_cut else without
        return self._without

    def forget(self) -> None:
        """Drops what only the first look at it needs."""
        self._without = ""


def fingerprint(text: str) -> str:
    """Of a normalised statement."""
    return blake2b(text.encode(errors="replace"), digest_size=8).hexdigest()


def normalised(text: str, system: str = "") -> str:
    """One line; keywords and names stay as they are written. In MySQL double quotes hold values."""
    return _LIST.sub("(?)", _without_values(text, system))


def is_alone(text: str, system: str = "") -> bool:
    """Whether it is certain that no second statement follows."""
    read, ended = 0, False
    for kind, found in _tokens(text, system):
        if ended and kind != "space":
            return False
        read += len(found)
        ended = ended or found == ";"
    return read == len(text)


def _tokens(text: str, system: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each, up to one after which servers differ in what is the text of a value."""
    for token in _TOKENS.get(system, _STANDARD).finditer(text[:LONGEST]):
        kind, found = str(token.lastgroup), token[0]
        yield kind, found
        if len(found) > 1 and _is_unclear(kind, found):
            return


def _is_unclear(kind: str, found: str) -> bool:
    """Whether a server may see its end elsewhere: by a backslash, a comment in it, or a line's end."""
    if kind == "space":
        return "/*" in found[2:] if found[0] == "/" else "\r" in found[:-1] and not found.isspace()
    if kind == "value":
        return "\\'" in found and found[0] not in "eE$"
    return kind == "unended" or '\\"' in found


def _without_values(text: str, system: str) -> str:
    names_in_double_quotes = system not in _MYSQL
    parts: list[str] = []
    gap = False
    for kind, found in _tokens(text, system):
        if kind == "space":
            gap = bool(parts)
            continue
        if gap:
            parts.append(" ")
            gap = False
        is_value = kind in _VALUES or (found[0] == '"' and not names_in_double_quotes)
        parts.append("?" if is_value else found)
    return "".join(parts).rstrip("; ")


def _words(text: str, system: str) -> Iterator[str]:
    """Names, and marks, in order; values and comments left out."""
    return (found for kind, found in _tokens(text, system) if kind in _WORDS)


def _kind_and_table(text: str, system: str) -> tuple[str, str]:
    words = _words(text, system)
    first = next((word.lower() for word in words if word != "("), "")
    if first == "explain":
        return "other", NO_TABLE
    if first == "with":
        first = _after_with(words)
    kind = _VERBS.get(first, "other")
    before = _BEFORE_TABLE.get(kind)
    return kind, NO_TABLE if before is None else _table(first, words, before)[:_LONGEST_NAME]


def _after_with(words: Iterator[str]) -> str:
    """The verb behind the queries of a WITH."""
    depth = 0
    for word in words:
        if word == "(":
            depth += 1
        elif word == ")":
            depth -= 1
        elif depth == 0 and word.lower() in _OF_VERBS:
            return word.lower()
    return ""


def _table(first: str, words: Iterator[str], before: set[str]) -> str:
    """What follows FROM or INTO outside parentheses; of a query in FROM, its own table."""
    waiting = first not in before
    depth = base = 0
    for word in words:
        lower = word.lower()
        if word == "(":
            depth += 1
            if not waiting:
                base, waiting = depth, True
        elif word == ")":
            depth -= 1
            base = min(base, depth)
        elif waiting:
            waiting = depth != base or lower not in before
        elif lower in _NO_NAMES or not (word[0].isalpha() or word[0] in '_"`['):
            waiting = True
        elif lower not in _BETWEEN:
            return _last_part(word, words, may_be_called=first in _READS)
    return NO_TABLE


def _last_part(word: str, words: Iterator[str], *, may_be_called: bool) -> str:
    """The table's own name, of one with database and schema before it; none for a function."""
    for following in words:
        if following != ".":
            if following == "(" and may_be_called:
                return NO_TABLE
            break
        word = next(words, word)
    if word[0] in '"`':
        return word[1:-1].replace(word[0] * 2, word[0]) or NO_TABLE
    return word[1:-1] or NO_TABLE if word[0] == "[" else word
