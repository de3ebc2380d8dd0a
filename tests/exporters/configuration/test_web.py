"""The exporter's own TLS and sign-in, as its configuration tells them."""

import shutil
import ssl
from pathlib import Path

import pytest

from tests.plugins.certificates import Pair, self_signed
from watchbill_exporters import InvalidConfiguration, load_configuration
from watchbill_exporters.configuration import WebSettings

_HASH = "$2y$10$" + "a" * 53
_PAIR = "cert_file: cert.pem, key_file: key.pem"
_TARGETS = "targets: {cache: {kind: redis, address: 'a:1'}}\n"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return self_signed(tmp_path_factory.mktemp("pair"), "localhost")


@pytest.fixture
def folder(tmp_path: Path, pair: Pair) -> Path:
    for name, file in (("cert.pem", pair.file), ("key.pem", pair.key), ("ca.pem", pair.file)):
        shutil.copy(file, tmp_path / name)
    (tmp_path / "token").write_text("x", encoding="utf-8")
    for name in ("empty", "other"):
        (tmp_path / name).write_text("" if name == "empty" else "hunter2", encoding="utf-8")
    return tmp_path


def _web(folder: Path, text: str, name: str = "exporter.yaml") -> WebSettings:
    (folder / name).write_text(_TARGETS + text, encoding="utf-8")
    return load_configuration(folder / name, {}).web


def _problems(folder: Path, text: str) -> str:
    with pytest.raises(InvalidConfiguration) as caught:
        _web(folder, text)
    return str(caught.value)


_SHARED = f"""
tls_server_config:
  cert_file: cert.pem
  key_file: key.pem
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  min_version: TLS13
http_server_config: {{http2: true}}
basic_auth_users: {{prometheus: {_HASH}}}
"""


def test_the_shared_file_and_the_same_keys_in_place_say_the_same(folder: Path) -> None:
    (folder / "web.yml").write_text(_SHARED, encoding="utf-8")
    of_file = _web(folder, "web: {config_file: web.yml, bearer_token_file: token}")
    in_place = _web(folder, "web:\n  bearer_token_file: token" + _SHARED.replace("\n", "\n  "))
    assert of_file == in_place
    assert of_file.tls is not None
    assert of_file.tls.cert_file == str(folder / "cert.pem")
    assert of_file.tls.client_auth == "required"
    assert of_file.tls.min_version is ssl.TLSVersion.TLSv1_3
    assert dict(of_file.users) == {"prometheus": _HASH}
    assert of_file.bearer_token_file == str(folder / "token")
    assert of_file.asks
    assert _HASH not in repr(of_file)


def test_files_are_named_from_the_folder_of_the_file_that_names_them(folder: Path) -> None:
    inner = folder / "web"
    inner.mkdir()
    for name in ("cert.pem", "key.pem"):
        (folder / name).rename(inner / name)
    (inner / "web.yml").write_text("tls_server_config: {cert_file: cert.pem, key_file: key.pem}", encoding="utf-8")
    web = _web(folder, "web: {config_file: web/web.yml}")
    assert web.tls is not None
    assert web.tls.cert_file == str(inner / "cert.pem")


def test_nobody_is_asked_unless_the_configuration_says_so(folder: Path) -> None:
    web = _web(folder, "")
    assert web == WebSettings()
    assert not web.asks
    (folder / "empty.yml").write_text("", encoding="utf-8")
    assert _web(folder, "web: {config_file: empty.yml}") == WebSettings()


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("tls_server_config: {cert_file: cert.pem}", "has no 'key_file'"),
        ("tls_server_config: {cert_file: none.pem, key_file: key.pem}", "cert_file cannot be read: No such file"),
        ("tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_auth_type: Sometimes}", "none that"),
        ("tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_ca_file: ca.pem}", "no client is asked"),
        (
            "tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_auth_type: VerifyClientCertIfGiven}",
            "against no authority",
        ),
        ("tls_server_config: {cert_file: cert.pem, key_file: key.pem, cipher_suites: []}", "not supported"),
        ("tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_allowed_sans: [a]}", "not supported"),
        ("tls_server_config: {cert_file: cert.pem, key_file: key.pem, min_version: TLS10}", "none that"),
        ("tls_server_config: {cert_file: cert.pem, key_file: key.pem, cert: x}", "unknown key 'cert'"),
        ("basic_auth_users: {prometheus: hunter2}", "user 1 of basic_auth_users has no bcrypt hash"),
        (f"basic_auth_users: {{prometheus: {_HASH.replace('10', '31', 1)}}}", "cost from 4 to 14"),
        (f"basic_auth_users: {{'a:b': {_HASH}}}", "has no usable name"),
        ("http_server_config: {headers: {}}", "unknown key 'headers'"),
        ("basic_auth_user: {}", "did you mean 'basic_auth_users'?"),
        ("tls_server_config: {cert_file: other, key_file: key.pem}", "no certificate and its key"),
        ("tls_server_config: {cert_file: cert.pem, key_file: other}", "no certificate and its key"),
        (
            f"tls_server_config: {{{_PAIR}, client_ca_file: other, client_auth_type: RequireAndVerifyClientCert}}",
            "client_ca_file holds no certificate",
        ),
        (
            "tls_server_config: {cert_file: cert.pem, key_file: key.pem, min_version: TLS13, max_version: TLS12}",
            "min_version is above max_version",
        ),
        ("bearer_token_file: empty", "bearer_token_file holds no token"),
        ("bearer_token_file: none", "bearer_token_file cannot be read"),
        ("bearer_token: hunter2", "did you mean 'bearer_token_file'?"),
        ("token: hunter2", "give its path as bearer_token_file"),
    ],
)
def test_a_mistake_stops_the_start(folder: Path, text: str, cause: str) -> None:
    problems = _problems(folder, f"web:\n  {text}\n")
    assert cause in problems, problems
    assert "exporter.yaml:3: " in problems
    assert "hunter2" not in problems


def test_mistakes_in_the_shared_file_are_told_with_its_own_lines(folder: Path) -> None:
    (folder / "web.yml").write_text("basic_auth_users:\n  a: b\nrate_limit: {}\n", encoding="utf-8")
    problems = _problems(folder, "web: {config_file: web.yml, basic_auth_users: {}}\nlisten: nowhere\n")
    for part in (
        "web.yml:2: ",
        "web.yml:3: ",
        "exporter.yaml:2: 'basic_auth_users' stands beside",
        "exporter.yaml:3: ",
    ):
        assert part in problems, problems


def test_versions_of_tls_that_are_not_said_are_from_1_2_on(folder: Path) -> None:
    tls = _web(folder, f"web: {{tls_server_config: {{{_PAIR}}}}}").tls
    assert tls is not None
    assert (tls.min_version, tls.max_version) == (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.MAXIMUM_SUPPORTED)
