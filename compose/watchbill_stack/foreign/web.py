"""One answer from an address, bounded in time and size; credentials in the address stay out of every message."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from watchbill.extras import required
from watchbill_stack.address import without_credentials
from watchbill_stack.foreign.source import LARGEST_FILE, WrongSource

if TYPE_CHECKING:
    import httpx

_SECONDS = 15.0
_SECONDS_OF_ALL = 60.0
_OK = 200


def is_address(text: str) -> bool:
    """Whether a text is an http or https address."""
    return text.lower().startswith(("http://", "https://"))


@contextmanager
def web_client() -> Generator["httpx.Client"]:
    """A client that follows redirects; raises MissingExtra where httpx is not installed."""
    required("httpx", needed_by="reading an address", extra="stack")
    import httpx

    with httpx.Client(timeout=_SECONDS, follow_redirects=True) as client:
        yield client


def fetched(
    client: "httpx.Client", address: str, parameters: Mapping[str, str] | None = None, *, may_fail: bool = False
) -> bytes | None:
    """The body of an answer of status 200.

    Raises WrongSource when nothing answers within 15 s, for an answer of more than 60 s or 32 MiB, and for another
    status unless it may fail.
    """
    import httpx

    shown = without_credentials(address)
    content, ends = bytearray(), monotonic() + _SECONDS_OF_ALL
    try:
        with client.stream("GET", address, params=dict(parameters or {}) or None) as answer:
            if answer.status_code != _OK:
                if may_fail:
                    return None
                raise WrongSource.at(shown, 0, f"answers with status {answer.status_code}", "give another address")
            for part in answer.iter_bytes():
                content += part
                if monotonic() > ends:
                    raise WrongSource.at(
                        shown, 0, f"has not answered in full after {_SECONDS_OF_ALL:g} s", "give a file"
                    )
                if len(content) > LARGEST_FILE:
                    raise WrongSource.at(shown, 0, f"answers with more than {LARGEST_FILE >> 20} MiB", "give a file")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        cause = f"does not answer: {type(error).__name__}"
        raise WrongSource.at(shown, 0, cause, "see that the address is right and reachable") from None
    return bytes(content)
