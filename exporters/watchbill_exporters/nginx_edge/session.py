"""Reads what nginx says: its status page now, and what has been counted of its log."""

from collections.abc import Iterator
from functools import partial
from time import perf_counter

from watchbill.catalogue.nginx import (
    NGINX_LOG_BEHIND,
    NGINX_LOG_LAST_LINE,
    NGINX_LOG_LINES,
    NGINX_LOG_READ_BYTES,
    NGINX_LOG_ROTATIONS,
    NGINX_PARSE_ERRORS,
    NGINX_PERMISSION,
)
from watchbill_exporters.collector import Collected, Measured, Reading, collected, series, single
from watchbill_exporters.deadline import Deadline
from watchbill_exporters.http_reader import Answer, HttpReader
from watchbill_exporters.nginx_edge.follower import Follower, Progress
from watchbill_exporters.nginx_edge.settings import READABLE, NginxSettings
from watchbill_exporters.nginx_edge.status_page import LARGEST_PAGE, check, connections
from watchbill_exporters.reason import TargetDown

LOG_RIGHT = "log_file"


class NginxSession:
    """The follower of the log outlives the session."""

    def __init__(self, settings: NginxSettings, follower: Follower | None, page: HttpReader | None) -> None:
        self._settings = settings
        self._follower = follower
        self._page = page

    async def read(self, ping: Deadline, whole: Deadline) -> Reading:
        """The status page first: whether nginx is up is its to say, where there is one."""
        began = perf_counter()
        answer = await self._status(ping)
        found: list[Collected] = []
        if answer is not None:
            found.append(collected("status", _since(began), partial(connections, answer)))
        if self._follower is not None:
            began = perf_counter()
            await self._follower.fresh(whole)
            progress = self._follower.progress()
            if answer is None and not progress.is_open:
                raise self._unreadable(progress)
            found += self._log(self._follower, progress, began)
        return Reading(
            ping_seconds=answer.first_byte_seconds if answer is not None else 0.0,
            collected=found,
            intact=self._page is None or self._page.reusable,
        )

    async def close(self) -> None:
        """Drops the connection to the status page."""
        if self._page is not None:
            await self._page.close()

    async def _status(self, deadline: Deadline) -> Answer | None:
        if self._page is None:
            return None
        answer = await self._page.ask(self._settings.status_path, deadline, most=LARGEST_PAGE)
        check(answer, f"{self._settings.address}{self._settings.status_path}")
        return answer

    def _log(self, follower: Follower, progress: Progress, began: float) -> Iterator[Collected]:
        measured = list(_reading(progress))
        fault = f"log_file {self._settings.log_file}: {self._cause(progress)}" if progress.fault is not None else None
        yield Collected(name="log", seconds=_since(began)(), measured=measured, fault=fault)
        if progress.lines and progress.errors == progress.lines:
            cause = f"no line of {self._settings.log_file} so far is a JSON object with a status"
            fault = f"{cause}; give its access_log the log_format of the exporter's EDGE.md"
            yield Collected(name="requests", seconds=_since(began)(), fault=fault)
        else:
            yield collected("requests", _since(began), follower.measured)

    def _cause(self, progress: Progress) -> str:
        return f"{progress.fault}; {READABLE}" if progress.denied else f"{progress.fault}"

    def _unreadable(self, progress: Progress) -> TargetDown:
        if progress.fault is None:
            return TargetDown("timeout", f"log_file {self._settings.log_file} has not been opened in time")
        cause = f"log_file {self._settings.log_file}: {progress.fault}"
        if progress.denied:
            return TargetDown("auth", cause, READABLE)
        return TargetDown("refused", cause, "start nginx, or correct log_file: it must be the path of its access_log")


def _reading(progress: Progress) -> Iterator[Measured]:
    yield single(NGINX_LOG_LINES, progress.lines)
    yield single(NGINX_PARSE_ERRORS, progress.errors)
    yield single(NGINX_LOG_READ_BYTES, progress.read_bytes)
    yield single(NGINX_LOG_BEHIND, progress.behind)
    yield single(NGINX_LOG_ROTATIONS, progress.rotations)
    if progress.last_time is not None:
        yield single(NGINX_LOG_LAST_LINE, progress.last_time)
    yield series(NGINX_PERMISSION, [((LOG_RIGHT,), float(not progress.denied))])


def _since(began: float) -> "partial[float]":
    return partial(_elapsed, began)


def _elapsed(began: float) -> float:
    return perf_counter() - began
