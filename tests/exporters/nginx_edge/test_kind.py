"""The options of an nginx target, and the mistakes one can make in them."""

from pathlib import Path

import pytest

from watchbill_exporters import InvalidConfiguration, load_configuration
from watchbill_exporters.nginx_edge.settings import NginxSettings


def loaded(tmp_path: Path, *lines: str) -> NginxSettings:
    """The settings of one target with these lines."""
    path = tmp_path / "exporter.yaml"
    path.write_text("targets:\n  web:\n    kind: nginx\n" + "".join(f"    {line}\n" for line in lines))
    settings = load_configuration(path, {}).targets["web"]
    assert isinstance(settings, NginxSettings)
    return settings


def test_a_log_alone_is_enough(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "log_file: access.log")
    assert (settings.log_file, settings.address, settings.from_beginning) == (str(tmp_path / "access.log"), "", False)


def test_a_status_page_alone_is_enough(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "address: 127.0.0.1:8080")
    assert (settings.log_file, settings.address, settings.status_path) == (None, "127.0.0.1:8080", "/stub_status")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((), "has no 'log_file'"),
        (("address: 127.0.0.1:8080", "status_path: status"), "5: target 'web' has no path as its status_path"),
        (("address: 127.0.0.1:8080", "status_path: '/a b'"), "5: target 'web' has no path as its status_path"),
        (("address: 127.0.0.1:8080", "from_beginning: true"), "5: target 'web' has from_beginning but no log"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, lines: tuple[str, ...], message: str) -> None:
    with pytest.raises(InvalidConfiguration) as failure:
        loaded(tmp_path, *lines)
    assert message in str(failure.value)
