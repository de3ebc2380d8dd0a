"""Several commands that are sent at once."""

from typing import Any

from watchbill.redis_client.command import name_of

REPLIES = "_watchbill_replies"
"""Where a pipeline keeps its replies until it is known how it ended."""


class Batch:
    """One execution of a pipeline. `replies` is None as long as there are none."""

    __slots__ = ("is_transaction", "queued", "replies")

    def __init__(self, queue: Any, is_transaction: bool) -> None:
        self.queued = list(queue)
        self.is_transaction = is_transaction
        self.replies: Any = None

    @property
    def size(self) -> int:
        """The number of commands."""
        return len(self.queued)

    @property
    def operation(self) -> str:
        """As spans call it."""
        kind = "MULTI" if self.is_transaction else "PIPELINE"
        seen: Any = None
        name = ""
        for queued in self.queued:
            raw = arguments(queued)[0]
            if raw == seen:
                continue
            seen, found = raw, name_of(raw)
            if name and found != name:
                return kind
            name = found
        return f"{kind} {name}".rstrip()

    def settle(self, replies: Any) -> None:
        """How it ended: with the replies returned, else with those a command of a cluster's pipeline keeps."""
        if replies is None and not self.is_transaction:
            found = [getattr(one, "result", None) for one in self.queued]
            replies = found if any(isinstance(one, Exception) for one in found) else None
        self.replies = replies


def batch_of(pipeline: Any) -> Batch | None:
    """What a pipeline is about to send; None where that is nothing."""
    strategy = getattr(pipeline, "_execution_strategy", None)
    if strategy is not None:
        queue = strategy._command_queue  # noqa: SLF001  the libraries have no other name for it
        return Batch(queue, type(strategy).__name__.startswith("Transaction")) if queue else None
    queue = getattr(pipeline, "_command_stack", None)
    if queue is not None:
        return Batch(queue, is_transaction=False) if queue else None
    queue = pipeline.command_stack
    if not queue and not getattr(pipeline, "watching", False):
        return None
    asked = getattr(pipeline, "is_transaction", None)
    if asked is None:
        asked = getattr(pipeline, "transaction", False)
    explicit = getattr(pipeline, "explicit_transaction", False)
    return Batch(queue, asked is True or bool(explicit))


def arguments(queued: Any) -> tuple[Any, ...]:
    """Those of a queued command: its name first."""
    # A cluster's pipeline has objects, any other pairs.
    kept: tuple[Any, ...] | None = getattr(queued, "args", None)
    found: tuple[Any, ...] = queued[0] if kept is None else kept
    return found
