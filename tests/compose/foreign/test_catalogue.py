"""What foreign expressions are held against: documents, registries, scrapes, a live Prometheus."""

import json
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from tests.plugins.programs import free_port, program, stop, wait_until
from watchbill.catalogue import METRICS
from watchbill.catalogue.http import HTTP_REQUEST_DURATION, HTTP_REQUESTS, ROUTE
from watchbill.documents.document import Document
from watchbill.documents.encoding import encoded
from watchbill.flow.family import Family, Kind
from watchbill.guard import OTHER
from watchbill_stack.foreign import web
from watchbill_stack.foreign.catalogue import Terms, catalogued
from watchbill_stack.foreign.source import WrongSource

REGISTRY = """\
groups:
  - id: metric.harbour.parcels
    type: metric
    metric_name: harbour.parcels
    instrument: counter
    unit: "{parcel}"
    brief: Parcels.
    stability: stable
    attributes:
      - id: harbour.size
        type:
          members:
            - {id: small, value: small, brief: s, stability: stable}
            - {id: large, value: large, brief: l, stability: stable}
        brief: Size.
        stability: stable
"""


def families(*sources: str, used: tuple[str, ...] = ()) -> dict[str, Family]:
    return {family.name: family for family in catalogued(sources, lambda: used, Terms())}


def test_a_document_of_watchbill_is_a_catalogue(tmp_path: Path) -> None:
    file = tmp_path / "metrics.json"
    file.write_text(encoded(Document.of_catalogue()))

    found = families(str(file))

    assert {series for metric in METRICS.values() for series in metric.series} <= set(found)
    requests = found[HTTP_REQUESTS.name]
    assert requests.kind is Kind.COUNTER
    assert {ROUTE.name, "namespace", "pod", "cluster"} <= set(requests.labels)
    assert found[f"{HTTP_REQUEST_DURATION.name}_bucket"].bounds == HTTP_REQUEST_DURATION.buckets


def test_a_registry_is_a_catalogue(tmp_path: Path) -> None:
    file = tmp_path / "registry.yaml"
    file.write_text(REGISTRY)

    parcels = families(str(file))["harbour_parcels_total"]

    assert parcels.kind is Kind.COUNTER
    assert parcels.labels["harbour_size"].known == {"small", "large", OTHER}


def test_several_catalogues_are_merged_and_their_mistakes_told_at_once(tmp_path: Path) -> None:
    one, other, broken = (tmp_path / name for name in ("one.txt", "other.prom", "broken.json"))
    one.write_text("parcels 1\n")
    other.write_text("cranes 1\n")
    broken.write_text('{"version": 99}')

    assert set(families(str(one), str(other))) == {"parcels", "cranes"}
    with pytest.raises(WrongSource) as caught:
        families(str(broken), str(one), str(tmp_path / "missing.txt"))
    assert len(caught.value.problems) == 2


class Answering(BaseHTTPRequestHandler):
    """Serves fixed answers by path, and remembers what was asked."""

    def __init__(self, answers: dict[str, str], asked: list[str], *arguments: object) -> None:
        self.answers, self.asked = answers, asked
        super().__init__(*arguments)  # type: ignore[arg-type]  # what the server passes

    def do_GET(self) -> None:
        self.asked.append(self.path)
        answer = self.answers.get(self.path.partition("?")[0])
        self.send_response(404 if answer is None else 200)
        self.end_headers()
        self.wfile.write((answer or "").encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class calls it so
        """Tests stay quiet."""


class Site:
    """A web server with fixed answers."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.asked: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Answering, self.answers, self.asked))
        self.address = f"127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def site() -> Iterator[Site]:
    serving = Site()
    thread = Thread(target=serving.server.serve_forever)
    thread.start()
    yield serving
    serving.server.shutdown()
    serving.server.server_close()
    thread.join()


def test_a_scrape_may_be_at_an_address(site: Site) -> None:
    site.answers["/metrics"] = "parcels 1\n"
    site.answers["/elsewhere"] = "cranes 1\n"

    assert set(families(f"http://{site.address}/metrics")) == {"parcels"}
    assert set(families(f"http://{site.address}/elsewhere")) == {"cranes"}


def test_an_address_that_does_not_serve_is_one_clear_error_without_its_password(site: Site) -> None:
    unserved = f"127.0.0.1:{free_port()}"
    for address in (f"http://someone:secret@{site.address}/metrics", f"http://someone:secret@{unserved}/metrics"):
        with pytest.raises(WrongSource) as caught:
            families(address)
        assert "secret" not in str(caught.value)
        assert "someone" not in str(caught.value)
    site.answers["/api/v1/metadata"] = json.dumps({"status": "success", "data": {"up": "nonsense"}})
    site.answers["/api/v1/labels"] = "<html>"
    with pytest.raises(WrongSource, match="does not answer for labels as Prometheus does"):
        families(f"http://{site.address}", used=("up",))


def test_an_answer_that_does_not_end_in_time_is_one_clear_error(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_SECONDS_OF_ALL", 0.0)
    site.answers["/metrics"] = "parcels 1\n"

    with pytest.raises(WrongSource, match="has not answered in full"):
        families(f"http://{site.address}/metrics")


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that scrapes itself."""
    folder, port = tmp_path_factory.mktemp("prometheus"), free_port()
    configuration = folder / "prometheus.yml"
    configuration.write_text(
        f"global: {{scrape_interval: 200ms}}\nscrape_configs: [{{job_name: self, static_configs: [{{targets:"
        f" ['127.0.0.1:{port}'], labels: {{pier: north}}}}]}}]\n"
    )
    command = [
        program("prometheus"),
        f"--config.file={configuration}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    address = f"http://127.0.0.1:{port}"

    def has_scraped() -> bool:
        try:
            answer = httpx.get(f"{address}/api/v1/query", params={"query": "sum(prometheus_http_requests_total)"})
            return answer.is_success and bool(answer.json()["data"]["result"])
        except httpx.TransportError:
            return False

    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(has_scraped, "Prometheus' scrape of itself")
        yield address
    finally:
        stop(process)


def test_a_live_prometheus_tells_of_the_names_that_are_used(prometheus: str) -> None:
    counter, histogram, gauge = (
        "prometheus_http_requests_total",
        "prometheus_http_request_duration_seconds_bucket",
        "go_goroutines",
    )

    found = families(prometheus, used=(counter, histogram, gauge, "up", "nothing_at_all"))

    assert {name: found[name].kind for name in (counter, histogram, gauge)} == {
        counter: Kind.COUNTER,
        histogram: Kind.BUCKET,
        gauge: Kind.GAUGE,
    }
    assert set(found[counter].labels) == {"code", "handler", "instance", "job", "pier"}
    assert not found[counter].is_open
    assert 0.1 in found[histogram].bounds
    assert "nothing_at_all" not in found
    # A name that nobody uses is known from the metadata, so that it can be the nearest one.
    assert found["prometheus_build_info"].is_open
