"""Secrets inside text, known by their shape: tokens, keys, passwords in addresses and assignments, card numbers."""

import re
from collections.abc import Callable

from watchbill.logs.names import SCRUBBED, is_secret

_SHORTEST = 8
_LONGEST = 100_000
_CLUES = (
    "://", "eyJ", "AKIA", "ASIA", "AIDA", "AROA", "PRIVATE KEY", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "_pat_",
    "glpat-", "xox", "AIza", "sk-", "k_live_", "k_test_", "whsec_", "npm_", "pypi-", "hf_", "SG.",
)  # fmt: skip
_SCHEMES = ("bearer ", "basic ")
_NAMES = ("pass", "pwd", "secret", "token", "key", "auth", "sess", "cred", "sig", "jwt", "cookie")
_SIGNS = ("=", ":", "('", "(b'", '("', '(b"')
_DIGITS = re.compile(r"\d[\d -]{12}")

# Every repetition is bounded where another match may begin inside it: a hostile text of 1 MB costs milliseconds.
_SECRETS = re.compile(
    r"""
    -----BEGIN\ [A-Z ]{0,40}PRIVATE\ KEY-----.*?(?:-----END\ [A-Z ]{0,40}PRIVATE\ KEY-----|\Z)
  | (?P<url>://[^\s/:@]{0,200}:)[^\s/]{1,500}(?=@)
  | (?P<scheme>\b(?i:bearer|basic)[ ]{1,3})(?=\S{0,500}[\d=])[A-Za-z0-9._~+/-]{8,}=*
  | \beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?
  | \b(?:AKIA|ASIA|AIDA|AROA)[A-Z0-9]{16}\b
  | \b(?:gh[oprsu]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,})
  | \b(?:AIza[\w-]{30,}|sk-(?=[\w-]{0,100}\d)[\w-]{20,}|[rs]k_(?:live|test)_\w{10,}|whsec_\w{20,}|npm_\w{30,})
  | \b(?:pypi-[\w-]{30,}|hf_[A-Za-z]{30,}|SG\.[\w-]{16,40}\.[\w-]{30,})
  | (?<![\w.])(?P<card>\d{14,19}|\d{4}(?P<gap>[ -])(?:\d{4}(?P=gap)\d{4}(?P=gap)\d{4}|\d{6}(?P=gap)\d{4,5}))(?!\w)
  | \(b?(?P<quote>["'])(?P<item>[\w-]{2,60})(?P=quote),\ (?P<held>b?["'])[^"'\\\n]+
  | (?P<cookie>\b(?i:cookie)\\?["']?[ ]{0,3}:[ ]{0,3}\\?["']?)[^\n"'\\]+
  | (?P<name>(?i:pass|pwd|secret|token|key|auth|sess|cred|sig|jwt|cookie)[\w-]{0,40})
    (?P<is>\\?["']?\s{0,3}[=:]\s{0,3}\\?["']?)(?P<kind>(?i:bearer|basic|digest|token|negotiate)[ ]{1,3})?
    (?P<value>(?<=["'])[^"'\\\n]{1,64}|[^\s"'&;,)}\]\\]{1,64})
    """,
    re.VERBOSE | re.DOTALL,
)
# Visa, Mastercard, American Express, Diners, JCB, Discover, UnionPay: most long numbers are none of theirs.
_BRANDS = re.compile(
    r"4\d{15}|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3[068]\d{12}|35\d{14}|6(?:011|4[4-9]\d|5\d\d)\d{12}|62\d{14,17}"
)
# Segments in which no secret above has room: words, short names and numbers, UUIDs.
_PLAIN_PATH = re.compile(
    r"(?:/(?>(?:[a-z]*+|[\w.~%-]{0,11}+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![^/])))*+", re.ASCII
)
_NO_NAME = re.compile(r"[^\w.-]")
_QUOTED_REST = re.compile(r"[^\"'\\\n]*")
_BARE_REST = re.compile(r"[^\s\"'&;,)}\]\\]*")
_LONG = re.compile(r"(?=\S*\d)[A-Za-z0-9+/_=.-]{16,}")
_LIKE_A_KEY = re.compile(r"(?=\S*\d)(?=\S*[A-Za-z])[A-Za-z0-9+/_=]{20,}")
_BARE = frozenset(": ")
_WORDS = re.compile(r"[\W_]")
_ALWAYS = frozenset({"password", "passwd", "pwd", "passphrase", "secret", "authorization", "cookie"})


def redact(text: str) -> str:
    """The text with each secret replaced; of a suspect text of more than 100 000 characters the rest is cut off."""
    if len(text) < _SHORTEST or not is_suspect(text):
        return text
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + "…"
    parts: list[str] = []
    start = place = 0
    while (found := _SECRETS.search(text, place)) is not None:
        rule = _RULES.get(found.lastgroup or "", _whole)
        kept = rule(found)
        if kept is None:
            # No secret, but what follows may hold one: `detail=password=x`.
            inside = max(found.end("is"), found.end("item"))
            place = inside if inside >= 0 else found.end()
            continue
        parts += (text[start : found.start()], kept, SCRUBBED)
        start = place = _end(found)
    return "".join([*parts, text[start:]]) if parts else text


def redact_path(path: str) -> str:
    """As `redact`, for the path of a URL: most are known harmless at one look."""
    return path if _PLAIN_PATH.fullmatch(path) else redact(path)


def is_suspect(text: str) -> bool:
    """Whether anything in it could be part of a secret; cheap, and right about most lines."""
    for clue in _CLUES:
        if clue in text:
            return True
    lower = text.lower()
    for clue in _NAMES if any(sign in text for sign in _SIGNS) else _SCHEMES:
        if clue in lower:
            return True
    return any(clue in lower for clue in _SCHEMES) or _DIGITS.search(text) is not None


def _whole(_found: re.Match[str]) -> str | None:
    return ""


def _assigned(found: re.Match[str]) -> str | None:
    """What stays of `name=value` and the like, where the name promises a secret or the value looks like one."""
    end, sign, value = found["name"], found["is"], found["value"]
    start = found.start()
    name = _NO_NAME.split(found.string[max(0, start - 60) : start])[-1] + end
    if value == SCRUBBED or not _is_kept_from(name, sign, value):
        return None
    return end + sign + (found["kind"] or "")


def _is_kept_from(name: str, sign: str, value: str) -> bool:
    long = _LONG.fullmatch(value) is not None
    if not is_secret(name):
        return name.lower().endswith("key") and _LIKE_A_KEY.fullmatch(value) is not None
    # After a plain colon stands prose as often as a value: `token: expired`.
    return long or not _BARE.issuperset(sign) or not _ALWAYS.isdisjoint(_WORDS.split(name.lower()))


def _end(found: re.Match[str]) -> int:
    """Where a secret ends: of a long value only the beginning was looked at."""
    if found.lastgroup != "value":
        return found.end()
    quoted = found.string[found.start("value") - 1] in "\"'"
    rest = (_QUOTED_REST if quoted else _BARE_REST).match(found.string, found.end())
    return rest.end() if rest is not None else found.end()


def _listed(found: re.Match[str]) -> str | None:
    """What stays of `('name', 'value')`, as headers are printed."""
    return found.string[found.start() : found.end("held")] if is_secret(found["item"]) else None


def _card(found: re.Match[str]) -> str | None:
    number = "".join(one for one in found["card"] if one.isdigit())
    if _BRANDS.fullmatch(number) is None:
        return None
    digits = [int(one) for one in number]
    doubled = [sum(divmod(2 * digit, 10)) if place % 2 else digit for place, digit in enumerate(reversed(digits))]
    return "" if sum(doubled) % 10 == 0 and len(set(digits)) > 1 else None


_RULES: dict[str, Callable[[re.Match[str]], str | None]] = {
    "url": lambda found: found["url"],
    "scheme": lambda found: found["scheme"],
    "held": _listed,
    "cookie": lambda found: found["cookie"],
    "card": _card,
    "value": _assigned,
}
