"""Several commands that are sent at once."""

from typing import Any

from watchbill.redis_client.command import name_of

REPLIES = "_watchbill_replies"
"""Where a pipeline keeps its replies until it is known how it ended."""


class Batch:
    """One execution of a pipeline. `replies` is None as long as there are none."""

    __slots__ = ("_queue", "commands", "is_transaction", "replies")

    def __init__(self, queue: Any, is_transaction: bool) -> None:
        self._queue = queue
        self.commands: list[tuple[Any, ...]] = [_arguments(one) for one in queue]
        self.is_transaction = is_transaction
        self.replies: Any = None

    @property
    def size(self) -> int:
        """The number of commands."""
        return len(self.commands)

    @property
    def operation(self) -> str:
        """As spans call it."""
        names = {name_of(args[0]) for args in self.commands if args}
        kind = "MULTI" if self.is_transaction else "PIPELINE"
        return f"{kind} {names.pop()}".rstrip() if len(names) == 1 else kind

    def settle(self, replies: Any) -> None:
        """How it ended: with the replies returned, else with those a command of a cluster's pipeline keeps."""
        if replies is None and self._queue and not self.is_transaction:
            found = [getattr(one, "result", None) for one in self._queue]
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


def _arguments(queued: Any) -> tuple[Any, ...]:
    found: tuple[Any, ...] = queued.args if hasattr(queued, "args") else queued[0]
    return found
