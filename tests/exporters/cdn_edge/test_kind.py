"""The options of a CDN target, and the mistakes one can make in them."""

from pathlib import Path

import pytest

from watchbill_exporters import InvalidConfiguration, load_configuration
from watchbill_exporters.cdn_edge.settings import CdnSettings
from watchbill_exporters.web_address import WebAddress

URL = "https://cdn.example/app.js?v=1"


def loaded(tmp_path: Path, *lines: str) -> CdnSettings:
    """The settings of one target with these lines."""
    path = tmp_path / "exporter.yaml"
    path.write_text("targets:\n  assets:\n    kind: cdn\n" + "".join(f"    {line}\n" for line in lines))
    settings = load_configuration(path, {}).targets["assets"]
    assert isinstance(settings, CdnSettings)
    return settings


def test_what_the_page_shows_loads(tmp_path: Path) -> None:
    page = Path(__file__).parents[3] / "exporters" / "EDGE.md"
    examples = [part.removeprefix("yaml\n") for part in page.read_text().split("```")[1::2] if part.startswith("yaml")]
    found: dict[str, str] = {}
    for example in examples:
        (tmp_path / "exporter.yaml").write_text(example)
        for settings in load_configuration(tmp_path / "exporter.yaml", {}).targets.values():
            found[settings.kind] = example
    assert set(found) == {"nginx", "cdn"}


def test_urls_and_invalidations_are_read(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        f"urls: [{{name: app, url: '{URL}', type: script}}]",
        "interval: 30",
        "method: GET",
        "invalidations: {url: 'https://api.example:8443/purges', json_pointer: /pending, token_file: token}",
    )
    (resource,) = settings.resources
    assert resource.address == WebAddress(tls=True, host="cdn.example", port=443, target="/app.js?v=1")
    assert (resource.type, settings.interval, settings.method) == ("script", 30, "GET")
    assert settings.invalidations is not None
    assert settings.invalidations.address.port == 8443
    assert settings.invalidations.token_file is not None
    assert settings.invalidations.token_file.path == str(tmp_path / "token")


def test_a_url_without_tls_must_be_allowed(tmp_path: Path) -> None:
    line = "urls: [{name: app, url: 'http://cdn.example/'}]"
    assert loaded(tmp_path, line, "plaintext: true").resources[0].address.port == 80
    with pytest.raises(InvalidConfiguration, match="has a url without TLS"):
        loaded(tmp_path, line)


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("https://user:hunter2@cdn.example/", "holds a user or a password"),
        ("ftp://cdn.example/hunter2", "does not begin with https://"),
        ("file:///etc/hunter2", "does not begin with https://"),
        ("https://cdn.example/#hunter2", "has a fragment"),
        ("https://cdn.example/hunter2 2", "must be percent-encoded"),
        ("https:///hunter2", "has no usable host"),
        ("https://cdn.example:port/hunter2", "it is no URL"),
    ],
)
def test_a_url_that_cannot_be_used_is_told_without_itself(tmp_path: Path, url: str, cause: str) -> None:
    with pytest.raises(InvalidConfiguration) as failure:
        loaded(tmp_path, f"urls: [{{name: app, url: '{url}'}}]")
    assert cause in str(failure.value)
    assert "hunter2" not in str(failure.value)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((), "has no 'urls'"),
        ((f"urls: [{{name: a, url: '{URL}'}}, {{name: a, url: '{URL}'}}]",), "has the name of another"),
        ((f"urls: [{{name: a, url: '{URL}', type: picture}}]",), "has an unknown type"),
        ((f"urls: [{{name: a, url: '{URL}'}}]", "interval: 1"), "'interval' of target 'assets' is out of range"),
        ((f"urls: [{{name: a, url: '{URL}'}}]", "method: POST"), "has a method that is not used"),
        ((f"urls: [{{name: a, url: '{URL}'}}]", "address: cdn.example:443"), "address"),
        ((f"urls: [{{name: a, url: '{URL}'}}]", "invalidations: {url: '" + URL + "', token: x}"), "no secret belongs"),
        (
            (f"urls: [{{name: a, url: '{URL}'}}]", "invalidations: {url: '" + URL + "', json_pointer: a}"),
            "no JSON pointer",
        ),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, lines: tuple[str, ...], message: str) -> None:
    with pytest.raises(InvalidConfiguration) as failure:
        loaded(tmp_path, *lines)
    assert message in str(failure.value)
