"""httpx: the body of an answer, which tells its call when it ends."""

from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from typing import Any

from watchbill.outbound.call import Call


class Part:
    """What both kinds of bodies have: whatever else is asked for is the stream's own."""

    def __init__(self, stream: Any, call: Call) -> None:
        self._stream = stream
        self._call = call

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__.get("_stream"), name)

    def __del__(self) -> None:
        # Half made, it has none.
        call = self.__dict__.get("_call")
        if call is not None:
            call.lost()


class Chunks:
    """An iteration over a body: a generator around the stream's would be closed at other times than it alone is."""

    __slots__ = ("_call", "_chunks")

    def __init__(self, chunks: Any, call: Call) -> None:
        self._chunks = chunks
        self._call = call

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk: bytes = self._chunks.__next__()
        except StopIteration:
            self._call.settle(None)
            raise
        except BaseException as error:
            self._call.settle(error)
            raise
        return chunk

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk: bytes = await self._chunks.__anext__()
        except StopAsyncIteration:
            self._call.settle(None)
            raise
        except BaseException as error:
            self._call.settle(error)
            raise
        return chunk


@cache
def bodies() -> tuple[Callable[[Any, Call], Any], Callable[[Any, Call], Any]]:
    """The kinds for synchronous and asynchronous clients, which ask for httpx's own base classes."""
    import httpx

    class Body(Part, httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return Chunks(iter(self._stream), self._call)

        def close(self) -> None:
            try:
                self._stream.close()
            finally:
                self._call.settle(None)

    class AsyncBody(Part, httpx.AsyncByteStream):
        def __aiter__(self) -> AsyncIterator[bytes]:
            return Chunks(self._stream.__aiter__(), self._call)

        async def aclose(self) -> None:
            try:
                await self._stream.aclose()
            finally:
                self._call.settle(None)

    # A transport's mistake is for httpx to name.
    def body(stream: Any, call: Call) -> Any:
        return Body(stream, call) if isinstance(stream, httpx.SyncByteStream) else _unread(stream, call)

    def async_body(stream: Any, call: Call) -> Any:
        return AsyncBody(stream, call) if isinstance(stream, httpx.AsyncByteStream) else _unread(stream, call)

    return body, async_body


def _unread(stream: Any, call: Call) -> Any:
    call.settle(None)
    return stream
