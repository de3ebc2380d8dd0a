"""Requests without a server: what one hands to an application, message by message."""

import asyncio
from collections.abc import Callable
from typing import Any

from watchbill.asgi import Message, Receive, Scope


def scope(path: str = "/", method: str = "GET", **given: Any) -> Scope:
    """A scope as a server makes it; what is given replaces what stands there."""
    made: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode("utf-8", "replace"),
        "root_path": "",
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 80),
    }
    made.update(given)
    return made


def body(*parts: bytes) -> Receive:
    """The request's body in parts, and then a client that waits for its answer."""
    left = list(parts) or [b""]

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()
        part = left.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    return receive


def leaving() -> tuple[Receive, Callable[[], None]]:
    """A client that leaves when told to."""
    gone, asked = asyncio.Event(), list[int]()

    async def receive() -> Message:
        if not asked:
            asked.append(1)
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    return receive, gone.set


async def accept(_message: Message) -> None:
    """Takes whatever is sent."""


class Sent:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        """The server's side of `send`."""
        self.messages.append(message)

    @property
    def status(self) -> int:
        """What the client saw first; 0 where nothing was sent."""
        return next((one["status"] for one in self.messages if one["type"] == "http.response.start"), 0)

    @property
    def content(self) -> bytes:
        """The bytes of the answer."""
        return b"".join(one.get("body", b"") for one in self.messages)
