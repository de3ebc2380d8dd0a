"""Secrets, known by the name of the field that holds them."""

import re
from functools import lru_cache
from itertools import pairwise

SCRUBBED = "[scrubbed]"

_WORDS = frozenset(
    {
        "apikey",
        "auth",
        "authorization",
        "cookie",
        "cookies",
        "credential",
        "credentials",
        "cvc",
        "cvv",
        "jwt",
        "otp",
        "passcode",
        "passphrase",
        "passwd",
        "password",
        "pwd",
        "secret",
        "secrets",
        "sessionid",
        "sig",
        "signature",
        "ssn",
        "token",
    }
)
_ABOUT = frozenset(
    {"count", "expired", "expiry", "kind", "length", "limit", "method", "scheme", "ttl", "type", "valid"}
)
_PAIRS = frozenset({"api key", "private key", "access key", "secret key", "session id", "credit card", "card number"})
_ENDINGS = ("apikey", "password", "secret", "secretkey", "token")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@lru_cache(maxsize=4096)
def is_secret(key: str) -> bool:
    """Whether a field of this name holds a secret: `password`, `X-Api-Key`, `accesstoken`; not `token_type`."""
    words = [word.lower() for word in _WORD.findall(key[:200])]
    if words and words[-1] in _ABOUT:
        return False
    # `tests_pass` is the price of `db_pass`; `pass` alone counts what passed.
    if len(words) > 1 and words[-1] == "pass":
        return True
    if not _WORDS.isdisjoint(words) or any(word.endswith(_ENDINGS) for word in words):
        return True
    return any(" ".join(pair) in _PAIRS for pair in pairwise(words))
