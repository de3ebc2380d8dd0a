"""Replies from bytes, however these come."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbill_exporters.reason import TargetDown
from watchbill_exporters.redis_server.reply import LARGEST_ANSWER, MOST_ITEMS, Refusal, Reply, ReplyParser

_WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_LINES = st.text("abcdefgh 0123:;/.", min_size=1, max_size=20)
_REPLIES: st.SearchStrategy[Reply] = st.recursive(
    st.one_of(_WORDS, st.integers(-(2**63), 2**63 - 1), st.none(), _LINES.map(Refusal)),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


def _bytes(reply: Reply) -> bytes:
    """A reply as a server sends it."""
    match reply:
        case None:
            return b"$-1\r\n"
        case Refusal(text):
            return f"-{text}\r\n".encode()
        case int():
            return b":%d\r\n" % reply
        case str():
            content = reply.encode()
            return b"$%d\r\n%b\r\n" % (len(content), content)
        case list():
            return b"*%d\r\n" % len(reply) + b"".join(map(_bytes, reply))


@given(st.lists(_REPLIES, min_size=1, max_size=5), st.integers(1, 40))
def test_replies_are_the_same_wherever_the_network_cuts_them(replies: list[Reply], size: int) -> None:
    sent = b"".join(map(_bytes, replies))
    parser = ReplyParser()
    for start in range(0, len(sent), size):
        parser.feed(sent[start : start + size])
    assert list(parser.replies) == replies
    parser.replies.clear()
    assert parser.is_idle


def test_a_reply_that_is_half_there_is_none() -> None:
    parser = ReplyParser()
    parser.feed(b"*2\r\n:1\r\n$5\r\nab")
    assert not parser.replies
    assert not parser.is_idle
    parser.feed(b"cde\r\n")
    assert list(parser.replies) == [[1, "abcde"]]


def test_bytes_that_are_no_text_are_marked_as_such() -> None:
    parser = ReplyParser()
    parser.feed(b"$2\r\n\xff\x00\r\n")
    assert list(parser.replies) == ["\N{REPLACEMENT CHARACTER}\x00"]


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "does not speak"),
        (b"$1x\r\n", "does not speak"),
        (b"%1\r\n", "does not speak"),
        (b"$%d\r\n" % (LARGEST_ANSWER + 1), "announced"),
        (b"*%d\r\n" % (MOST_ITEMS + 1), "more items"),
        (b"*1\r\n" * 20, "more items"),
        (b"+" + b"x" * 100_000, "without an end"),
    ],
    ids=["another program", "no length", "another version", "too long", "too many", "too deep", "no end"],
)
def test_what_no_healthy_server_sends_is_an_error(sent: bytes, cause: str) -> None:
    with pytest.raises(TargetDown, match=cause) as caught:
        ReplyParser().feed(sent)
    assert caught.value.reason == "protocol"


def test_replies_that_nobody_takes_are_not_kept_without_end() -> None:
    with pytest.raises(TargetDown, match="more replies"):
        ReplyParser().feed(b"*0\r\n" * (MOST_ITEMS + 1))


def test_a_large_reply_takes_a_small_multiple_of_its_bytes() -> None:
    content = b"a" * (LARGEST_ANSWER - 100) + "\N{GRINNING FACE}".encode()
    sent = b"$%d\r\n%b\r\n" % (len(content), content)
    parser = ReplyParser()
    tracemalloc.start()
    try:
        for start in range(0, len(sent), 262_144):
            parser.feed(sent[start : start + 262_144])
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert parser.replies.popleft() == content.decode()
    assert most < 56 * 1024 * 1024


def test_all_that_a_probe_receives_is_counted_until_the_next_one_begins() -> None:
    parser = ReplyParser()
    kilobytes = b"$65536\r\n" + b"x" * 65_536 + b"\r\n"
    most = LARGEST_ANSWER // len(kilobytes)
    for _ in range(most):
        parser.feed(kilobytes)
    with pytest.raises(TargetDown, match="sent more than"):
        parser.feed(kilobytes)
    parser.renew_allowance()
    parser.feed(kilobytes)
    assert len(parser.replies) == most + 1
