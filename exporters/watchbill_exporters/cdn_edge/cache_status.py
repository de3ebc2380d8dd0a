"""What a cache did, in the words of CDN_CACHE_STATUS, by the headers of CDNs and of RFC 9211."""

import re
from collections.abc import Mapping

_STANDARD = "cache-status"
# The header that only one product sends comes before the one that any cache on the way may have set.
_HEADERS = (
    "cf-cache-status",
    "x-vercel-cache",
    "cdn-cache",
    "x-cache-status",
    "x-proxy-cache",
    "x-nginx-cache",
    "x-cache",
)
# In this order: TCP_REFRESH_HIT holds HIT as well.
_WORDS = (
    ("stale", ("STALE", "REFRESH_FAIL")),
    ("revalidated", ("REVALIDATED", "REFRESHHIT", "REFRESH_HIT", "IMS_HIT")),
    ("expired", ("EXPIRED", "REFRESH_MISS", "REFRESHMISS")),
    ("updating", ("UPDATING",)),
    ("bypass", ("BYPASS", "PASS", "NOCACHE", "NO_CACHE", "NOSTORE", "SKIP")),
    ("dynamic", ("DYNAMIC", "UNCACHEABLE", "GENERATEDRESPONSE")),
    ("error", ("ERROR", "DENIED")),
    ("hit", ("HIT", "PRERENDER")),
    ("miss", ("MISS",)),
)
_FORWARDED = {"stale": "expired", "bypass": "bypass", "method": "bypass", "request": "bypass"}
_SECONDS = re.compile(r"\d{1,10}")
_QUOTED = re.compile(r'"[^"]*"')


def cache_status(headers: Mapping[str, str]) -> str:
    """Of several caches on the way the one nearest to the client counts; its entry stands last."""
    standard = headers.get(_STANDARD)
    if standard is not None:
        return _of_standard(standard)
    for name in _HEADERS:
        if name in headers:
            found = _of_words(headers[name])
            if found is not None:
                return found
    return "hit" if age(headers) else "unknown"


def age(headers: Mapping[str, str]) -> float | None:
    """Seconds in caches, by the Age header."""
    value = headers.get("age", "").strip()
    return float(value) if _SECONDS.fullmatch(value) else None


def _of_words(value: str) -> str | None:
    last = value.rpartition(",")[2].strip().upper()
    # What follows names the server, such as `Hit from cloudfront`.
    word = last.partition(" FROM ")[0]
    return next((status for status, words in _WORDS if any(one in word for one in words)), None)


def _of_standard(value: str) -> str:
    last = _QUOTED.sub("", value).rpartition(",")[2]
    pairs = (parameter.partition("=") for parameter in last.lower().replace(" ", "").split(";")[1:])
    parameters = {name: told for name, _, told in pairs}
    if "hit" in parameters:
        return "hit"
    forwarded = parameters.get("fwd")
    if forwarded is None:
        return "unknown"
    if forwarded == "stale" and parameters.get("fwd-status") == "304":
        return "revalidated"
    return _FORWARDED.get(forwarded, "miss")
