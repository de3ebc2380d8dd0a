"""Prometheus' HTTP API, as far as panels need it."""

from collections.abc import Mapping
from typing import Any, cast

import httpx

from watchbill.errors import WatchbillError

Json = dict[str, Any]


class Refused(WatchbillError):
    """Prometheus did not answer a question, or answered with an error; the message is its own."""


class Api:
    """A Prometheus at a base address, asked through a client; raises Refused."""

    def __init__(self, address: str, client: httpx.Client) -> None:
        self._base = f"{address.rstrip('/')}/api/v1"
        self._client = client

    def instant(self, query: str, at: float) -> list[list[float]]:
        """The value of each series at a time; a scalar is one series."""
        data = self._answer("POST", "/query", {"query": query, "time": str(at)})
        if data["resultType"] in {"scalar", "string"}:
            return [[float(data["result"][1])]]
        return [[float(series["value"][1])] for series in data["result"]]

    def over(self, query: str, end: float, length: float, step: float) -> list[list[float]]:
        """The values of each series over a time of some length, in seconds, that ends then."""
        asked = {"query": query, "start": str(end - length), "end": str(end), "step": str(step)}
        data = self._answer("POST", "/query_range", asked)
        return [[float(value) for _, value in series["values"]] for series in data["result"]]

    def label_values(self, selector: str, label: str) -> list[str]:
        """The values of a label among the series of a selector."""
        return list(self._answer("GET", f"/label/{label}/values", {"match[]": selector}))

    def _answer(self, method: str, path: str, question: Mapping[str, str]) -> Any:
        in_address, in_body = (question, None) if method == "GET" else (None, question)
        try:
            response = self._client.request(method, self._base + path, params=in_address, data=in_body)
        except httpx.HTTPError as error:
            raise Refused(f"{self._base} does not answer: {str(error) or type(error).__name__}") from error
        try:
            answer = cast("Json", response.json())
        except ValueError as error:
            raise Refused(f"{self._base} is no Prometheus: it answered {response.status_code} without JSON") from error
        if answer.get("status") != "success":
            raise Refused(str(answer.get("error", f"status {response.status_code}")))
        return answer["data"]
