"""What a running Prometheus, or a store that speaks its API, knows of the names that are used."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from watchbill.catalogue.label import LE
from watchbill.flow.family import Family, Kind
from watchbill.flow.values import ANY, Values
from watchbill_stack.foreign.exposition import bounds_of, kind_of, suffixes_of, unit_of
from watchbill_stack.foreign.progress import watched
from watchbill_stack.foreign.source import WrongSource
from watchbill_stack.foreign.web import fetched

if TYPE_CHECKING:
    import httpx

_DAY = 86_400
_AT_ONCE = 8
_SUFFIXES = ("", "_total", "_bucket", "_sum", "_count", "_info", "_created")


@dataclass(slots=True)
class LivePrometheus:
    """A server that answered for its metadata: types by metric name. Nothing else is read but the names asked for."""

    url: str
    client: "httpx.Client" = field(repr=False)
    types: Mapping[str, str]

    @classmethod
    def at(cls, url: str, client: "httpx.Client") -> "LivePrometheus | None":
        """The Prometheus at an address; None where something else answers. Raises WrongSource when nothing does."""
        answer = _data(fetched(client, f"{url.rstrip('/')}/api/v1/metadata", may_fail=True))
        if not isinstance(answer, dict):
            return None
        metadata = cast("dict[str, object]", answer)
        return cls(url.rstrip("/"), client, {name: _type(entries) for name, entries in metadata.items()})

    def families(self, used: Iterable[str]) -> Iterator[Family]:
        """Families of the names that are used and had series within a day, and of all that metadata names.

        A name that is known by metadata alone may carry any label.
        """
        asked = sorted(set(used))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = watched(pool.map(self._family, asked), len(asked), "names")
            found = dict(zip(asked, answers, strict=True))
        for base, kind in self.types.items():
            for suffix in suffixes_of(kind):
                if found.get(base + suffix) is None:
                    name = base + suffix
                    yield Family(name=name, kind=kind_of(kind, name, base), unit=unit_of(base, name), is_open=True)
        yield from (family for family in found.values() if family is not None)

    def _family(self, name: str) -> Family | None:
        labels = self._ask("labels", name)
        if not labels:
            return None
        base = next((name.removesuffix(one) for one in _SUFFIXES if name.removesuffix(one) in self.types), name)
        kind = kind_of(self.types.get(base, "unknown"), name, base)
        values: dict[str, Values] = dict.fromkeys((label for label in labels if label != "__name__"), ANY)
        bounds: tuple[float, ...] = ()
        if kind is Kind.BUCKET and LE.name in values:
            written = self._ask(f"label/{LE.name}/values", name)
            bounds, values[LE.name] = bounds_of(written), Values.only(written)
        return Family(
            name=name,
            kind=kind,
            unit=unit_of(base, name),
            labels=values,
            bounds=bounds,
            is_recorded=":" in name,
            low=0.0 if kind in {Kind.COUNTER, Kind.BUCKET} else None,
        )

    def _ask(self, what: str, name: str) -> list[str]:
        """Strings that the server lists of the series of a name within a day."""
        selector = "{__name__=" + json.dumps(name, ensure_ascii=False) + "}"
        parameters = {"match[]": selector, "start": str(int(time.time()) - _DAY)}
        answer = _data(fetched(self.client, f"{self.url}/api/v1/{what}", parameters))
        if not isinstance(answer, list):
            raise WrongSource.at(self.url, 0, f"does not answer for {what} as Prometheus does", "give its base address")
        return [one for one in cast("list[object]", answer) if isinstance(one, str)]


def _data(content: bytes | None) -> object:
    """The data of an answer of Prometheus' API; None where it is no such answer."""
    try:
        answer: object = json.loads(content or b"null")
    except (ValueError, RecursionError):
        return None
    fields = cast("dict[str, object]", answer) if isinstance(answer, dict) else {}
    return fields.get("data") if fields.get("status") == "success" else None


def _type(entries: object) -> str:
    """The type that the first target of a metric gives."""
    listed = cast("list[object]", entries) if isinstance(entries, list) else []
    first = cast("dict[str, object]", listed[0]) if listed and isinstance(listed[0], dict) else {}
    return str(first.get("type", "unknown"))
