"""How far the applications of one Observability are, as the server's lifespan events tell."""

from collections.abc import Callable
from typing import Literal

from watchbill.asgi import App, Message, Receive, Scope, Send
from watchbill.fault import Faults

Stage = Literal["starting", "running", "stopping"]

_ENTERED: dict[str, Stage] = {
    "lifespan.startup.complete": "running",
    "lifespan.startup.failed": "stopping",
    "lifespan.shutdown": "stopping",
}


class Lifecycle:
    """Follows each application's lifespan; a server without lifespan events counts as running."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._stages: dict[object, Stage] = {}
        self._hooks: list[tuple[Stage, Callable[[], object]]] = []

    @property
    def stage(self) -> Stage:
        """The least ready of all applications."""
        stages = self._stages.values()
        return "stopping" if "stopping" in stages else "starting" if "starting" in stages else "running"

    def on(self, stage: Stage, hook: Callable[[], object]) -> None:
        """Calls a hook on the application's event loop whenever one enters a stage.

        `starting` is before the application's own start-up, `running` right after it, `stopping` before its shut-down.
        """
        self._hooks.append((stage, hook))

    async def run(self, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes one lifespan on to the application, and reads along."""
        key = object()

        async def heard() -> Message:
            message = await receive()
            self._enter(key, message)
            return message

        async def said(message: Message) -> None:
            self._enter(key, message)
            await send(message)

        self._at(key, "starting")
        try:
            await app(scope, heard, said)
        finally:
            # An application that knows no lifespan raises here, and is served all the same.
            self._stages.pop(key, None)

    def _enter(self, key: object, message: Message) -> None:
        stage = _ENTERED.get(message["type"])
        if stage is not None:
            self._at(key, stage)

    def _at(self, key: object, stage: Stage) -> None:
        self._stages[key] = stage
        for wanted, hook in self._hooks:
            if wanted == stage:
                try:
                    hook()
                except Exception as error:  # noqa: BLE001  never into the application
                    self._faults.report("lifecycle", error)
