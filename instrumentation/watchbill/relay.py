"""Generator functions around others: all that is sent, thrown, yielded and returned passes through."""

from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, Protocol

Function = Callable[..., Any]


class Steps(Protocol):
    """What runs around one iteration: entered and left with each turn of the inner generator."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def saw(self, item: Any) -> None:
        """One is about to be passed on."""
        ...

    def over(self, error: BaseException | None = None) -> None:
        """No turn is left."""
        ...


Begin = Callable[[tuple[Any, ...], dict[str, Any]], Steps]


def relayed(function: Function, begin: Begin) -> Function:
    """A generator function around a generator function."""

    def relay(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        steps = begin(args, kwargs)
        inner = function(*args, **kwargs)
        turn, given = inner.send, None
        try:
            while True:
                with steps:
                    item = turn(given)
                steps.saw(item)
                try:
                    turn, given = inner.send, (yield item)
                except GeneratorExit:
                    with steps:
                        inner.close()
                    raise
                except BaseException as error:  # noqa: BLE001  it belongs to the inner one
                    turn, given = inner.throw, error
        except StopIteration as end:
            steps.over()
            return end.value
        except BaseException as error:
            steps.over(error)
            raise

    return relay


def relayed_later(function: Function, begin: Begin) -> Function:
    """The same for asynchronous ones."""

    async def relay(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        steps = begin(args, kwargs)
        inner = function(*args, **kwargs)
        turn, given = inner.asend, None
        try:
            while True:
                with steps:
                    item = await turn(given)
                steps.saw(item)
                try:
                    turn, given = inner.asend, (yield item)
                except GeneratorExit:
                    with steps:
                        await inner.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001  it belongs to the inner one
                    turn, given = inner.athrow, error
        except StopAsyncIteration:
            steps.over()
        except BaseException as error:
            steps.over(error)
            raise

    return relay
