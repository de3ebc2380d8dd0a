"""The inbox: keeps every notification that arrives, for the page and, in a file, for its next start."""

import contextlib
import json
from collections import deque
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from watchbill_stack.desk import body
from watchbill_stack.desk.notification import Notification, notifications

_KEPT = 1000
_LARGEST_DELIVERY = 4 * 1024 * 1024


class Inbox:
    """Receives deliveries below /inbox/ and lists them, newest first, at /api/notifications."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept: deque[Notification] = deque(_written(file), maxlen=_KEPT)
        self._count = self._kept[-1].id if self._kept else 0

    def routes(self) -> list[BaseRoute]:
        """What the inbox serves."""
        return [
            Route("/inbox/{receiver}", self._receive, methods=["POST"]),
            Route("/api/notifications", self._list),
        ]

    async def _receive(self, request: Request) -> Response:
        # A page of another site can post any type but this one.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return JSONResponse({"error": "a delivery is application/json"}, 415)
        content = await body.read(request, _LARGEST_DELIVERY)
        try:
            found = list(notifications(request.path_params["receiver"], json.loads(content), self._count + 1))
        except (ValueError, RecursionError) as error:
            return JSONResponse({"error": str(error)}, 400)
        self._count += len(found)
        self._kept.extend(found)
        with self._file.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(notification.as_dict()) + "\n" for notification in found)
        return Response("ok")

    async def _list(self, _: Request) -> Response:
        return JSONResponse([notification.as_dict() for notification in reversed(self._kept)])


def _written(file: Path) -> list[Notification]:
    """What an earlier start of the page wrote; a line that was cut off when it was killed is left out."""
    found: list[Notification] = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        with contextlib.suppress(ValueError, TypeError):
            found.append(Notification(**json.loads(line)))
    return found
