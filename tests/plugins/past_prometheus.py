"""A real Prometheus that holds what was exposed before it began, and scrapes nothing."""

import subprocess
from collections.abc import Generator, Iterable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.plugins.programs import free_port, program, stop, wait_until


def holding(exposition: Iterable[str], folder: Path) -> Generator[str]:
    """Its base address, for a fixture; the exposition is OpenMetrics with timestamps."""
    (folder / "samples").write_text("".join(exposition))
    (folder / "prometheus.yml").write_text("{}")
    blocks = [program("promtool"), "tsdb", "create-blocks-from", "openmetrics", "samples", "data"]
    subprocess.run(blocks, check=True, capture_output=True, cwd=folder)
    address = f"127.0.0.1:{free_port()}"
    command = [program("prometheus"), "--config.file=prometheus.yml", "--storage.tsdb.path=data"]
    with (folder / "log").open("wb") as log:
        listen = f"--web.listen-address={address}"
        process = subprocess.Popen([*command, listen], stdout=log, stderr=log, cwd=folder)
        try:
            wait_until(lambda: _is_ready(address), "Prometheus")
            yield f"http://{address}"
        finally:
            stop(process)


def _is_ready(address: str) -> bool:
    try:
        with urlopen(f"http://{address}/-/ready") as answer:  # our own Prometheus
            return bool(answer.status == 200)
    except URLError:
        return False
