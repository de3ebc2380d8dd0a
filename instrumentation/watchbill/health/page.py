"""The pages that tell how the service is: as JSON, for probes and for people."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from watchbill.asgi import App, Receive, Scope, Send
from watchbill.fault import Faults
from watchbill.health.check import Check, Outcome
from watchbill.health.checks import Checks
from watchbill.lifecycle import Lifecycle

Answer = tuple[int, Mapping[str, Any]]
Page = Callable[[], Awaitable[Answer]]

_OK, _UNKNOWN, _NOT_ALLOWED, _BROKEN, _UNAVAILABLE = 200, 404, 405, 500, 503


def json_page(page: Page, faults: Faults) -> App:
    """An ASGI application that answers GET and HEAD with what a page has to say, never from a cache."""

    async def serve(scope: Scope, _receive: Receive, send: Send) -> None:
        method = scope["method"]
        if method not in {"GET", "HEAD"}:
            await _send(send, _NOT_ALLOWED, {"error": "only GET and HEAD are answered here"}, (b"allow", b"GET, HEAD"))
            return
        try:
            status, content = await page()
        except Exception as error:  # noqa: BLE001  never into the server
            faults.report("health", error)
            status, content = _BROKEN, {"error": "this page failed; the log of the service tells why"}
        await _send(send, status, content, has_body=method == "GET")

    return serve


async def _send(
    send: Send, status: int, content: Mapping[str, Any], *extra: tuple[bytes, bytes], has_body: bool = True
) -> None:
    body = json.dumps(content, indent=2, default=str).encode() + b"\n"
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *extra,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body if has_body else b""})


class HealthPages:
    """What stands on each page. A page answers 503 when the service, or the one check asked for, is not well."""

    def __init__(self, service: str, checks: Checks, lifecycle: Lifecycle) -> None:
        self._service = service
        self._checks = checks
        self._lifecycle = lifecycle

    async def live(self) -> Answer:
        """The process answers; nothing else is asked."""
        return _OK, {"status": "ok"}

    async def ready(self) -> Answer:
        """Whether requests should come here: started, not stopping, and every critical check passes."""
        return self._summary(await self._checks.run_all(critical=True))

    async def health(self) -> Answer:
        """Every check in a word: `degraded` where only checks failed that are not critical."""
        status, content = self._summary(await self._checks.run_all())
        return status, {"status": content["status"], "service": self._service, "checks": content["checks"]}

    async def detailed(self) -> Answer:
        """Every check with its time, its details and the reason why it failed."""
        found = await self._checks.run_all()
        status, content = self._summary(found)
        checks = {check.name: _told(check, outcome) for check, outcome in found.items()}
        return status, {"status": content["status"], "service": self._service, "checks": checks}

    async def one(self, name: str) -> Answer:
        """One check."""
        check = self._checks.registered.get(name)
        if check is None:
            return _UNKNOWN, {"error": "there is no check of this name", "checks": sorted(self._checks.registered)}
        outcome = await self._checks.run(name)
        return _OK if outcome.ok else _UNAVAILABLE, {"check": name, **_told(check, outcome)}

    def _summary(self, found: Mapping[Check, Outcome]) -> Answer:
        word = self._word(found)
        checks = {check.name: outcome.status for check, outcome in found.items()}
        return _OK if word in {"ok", "degraded"} else _UNAVAILABLE, {"status": word, "checks": checks}

    def _word(self, found: Mapping[Check, Outcome]) -> str:
        stage = self._lifecycle.stage
        if stage != "running":
            return stage
        if self._checks.draining:
            return "draining"
        failed = [check for check, outcome in found.items() if not outcome.ok]
        return "ok" if not failed else "failed" if any(check.critical for check in failed) else "degraded"


def _told(check: Check, outcome: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = {
        "status": outcome.status,
        "critical": check.critical,
        "duration_seconds": round(outcome.seconds, 6),
        "checked_at": outcome.checked_at,
    }
    if outcome.reason:
        told["reason"] = outcome.reason
    if outcome.details:
        told["details"] = outcome.details
    return told
