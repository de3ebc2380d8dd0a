"""Spans inside FastAPI's handling of a request: solving the dependencies, and the endpoint."""

from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from threading import Lock
from typing import Any

from watchbill.asgi import App, Receive, Scope, Send
from watchbill.traces.inside import Spanning

Operation = Callable[..., Awaitable[Any]]

_HOOKED = {"dependencies": "solve_dependencies", "endpoint": "run_endpoint_function"}
_WANTED: ContextVar["tuple[Spanning, Collection[str]] | None"] = ContextVar("watchbill_operations", default=None)


class Operations:
    """Our wrappers around two functions of FastAPI's routing, there as long as an application wants such spans."""

    def __init__(self) -> None:
        self._users = 0
        self._lock = Lock()
        self._originals: dict[str, Operation] = {}

    def install(self) -> None:
        """One more application wants them."""
        from fastapi import routing

        with self._lock:
            self._users += 1
            if self._users > 1:
                return
            for kind, name in _HOOKED.items():
                original = getattr(routing, name, None)
                if original is not None:
                    self._originals[name] = original
                    setattr(routing, name, _spanned(original, kind))

    def remove(self) -> None:
        """One less; after the last FastAPI is as it was."""
        from fastapi import routing

        with self._lock:
            self._users -= 1
            if self._users == 0:
                for name, original in self._originals.items():
                    setattr(routing, name, original)
                self._originals.clear()


OPERATIONS = Operations()
"""The functions are one in the process, and so are their wrappers."""


def wanting(router: App, spanning: Spanning, kinds: Collection[str]) -> App:
    """A router whose requests have these spans."""
    wanted = (spanning, kinds)

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        _WANTED.set(wanted)
        await router(scope, receive, send)

    return route


def _spanned(original: Operation, kind: str) -> Operation:
    async def operation(*given: Any, **named: Any) -> Any:
        # FastAPI solves dependencies of dependencies by its own name: one span for all.
        with _span(kind, named.get("dependant")):
            return await original(*given, **named)

    return operation


def _span(kind: str, dependant: Any) -> AbstractContextManager[object]:
    wanted = _WANTED.get()
    if wanted is None or kind not in wanted[1]:
        return nullcontext()
    return wanted[0].span(kind, getattr(dependant, "call", None))
