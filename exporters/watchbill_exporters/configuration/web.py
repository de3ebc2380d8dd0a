"""The exporter's own endpoint: TLS and sign-in, as in the web configuration file that Prometheus' programs share."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from watchbill.errors import InvalidDeclaration
from watchbill.exposition import Access, Certificate
from watchbill_exporters.configuration.section import Section
from watchbill_exporters.configuration.yaml_file import read_section

ClientAuth = Literal["none", "optional", "required"]

WEB_KEYS = ("config_file", "bearer_token_file", "tls_server_config", "basic_auth_users", "http_server_config")
_FILE_KEYS = ("tls_server_config", "basic_auth_users", "http_server_config")
TLS_KEYS = ("cert_file", "key_file", "client_auth_type", "client_ca_file", "min_version", "max_version")
OF_GO = ("cipher_suites", "curve_preferences", "prefer_server_cipher_suites", "client_allowed_sans")
CLIENT_AUTH: Mapping[str, ClientAuth] = {
    "NoClientCert": "none",
    "VerifyClientCertIfGiven": "optional",
    "RequireAndVerifyClientCert": "required",
}
TLS_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_HASH = re.compile(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}", re.ASCII)
_COSTS = range(4, 15)
_MOST_USERS = 100
_PEM = "give PEM files, the key without a passphrase"
_MAKE_ONE = "make one with `htpasswd -nBC 10 NAME`"


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """Files of the endpoint's certificate, and what it asks of clients: `client_ca_file` verifies theirs."""

    cert_file: str
    key_file: str
    client_auth: ClientAuth = "none"
    client_ca_file: str | None = None
    min_version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    max_version: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Who may read the endpoint: `users` by name, each with a bcrypt hash; or who knows the token of a file."""

    tls: TlsSettings | None = None
    users: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(dict[str, str]()), repr=False)
    bearer_token_file: str | None = None

    @property
    def asks(self) -> bool:
        """Whether readers must sign in."""
        return bool(self.users) or self.bearer_token_file is not None


def read_web(web: Section) -> WebSettings:
    """The settings of `web:`, its own or those of its `config_file`."""
    web.only(*WEB_KEYS)
    shared = _shared(web)
    token_file = _token_file(web)
    if shared is None:
        return WebSettings(bearer_token_file=token_file)
    _http(shared)
    return WebSettings(tls=_tls(shared), users=MappingProxyType(_users(shared)), bearer_token_file=token_file)


def _token_file(web: Section) -> str | None:
    file = web.path("bearer_token_file")
    if file is not None and _readable(web, "bearer_token_file", file) and Access(token_file=file).faults():
        web.fault("bearer_token_file", "bearer_token_file holds no token", "write the token into it, and nothing else")
    return file


def _shared(web: Section) -> Section | None:
    """What the web configuration file would say: the file, or the same keys in place."""
    path = web.path("config_file")
    if path is None:
        return web
    for key in _FILE_KEYS:
        if web.has(key):
            web.fault(key, f"{key!r} stands beside config_file", "put it into that file, or remove config_file")
    found = read_section(Path(path), web.problems, title="the web configuration", may_be_empty=True)
    if found is not None:
        found.only(*_FILE_KEYS)
    return found


def _tls(shared: Section) -> TlsSettings | None:
    tls = shared.optional("tls_server_config", "tls_server_config")
    if tls is None:
        return None
    _refuse(tls)
    cert_file, key_file = _pair(tls)
    client_auth, client_ca_file = _clients(tls)
    least, most = _version(tls, "min_version"), _version(tls, "max_version")
    if least is not None and most is not None and least > most:
        tls.fault("min_version", "min_version is above max_version", "remove one")
    if cert_file is None or key_file is None:
        return None
    return TlsSettings(
        cert_file=cert_file,
        key_file=key_file,
        client_auth=client_auth,
        client_ca_file=client_ca_file,
        min_version=least or ssl.TLSVersion.TLSv1_2,
        max_version=most or ssl.TLSVersion.MAXIMUM_SUPPORTED,
    )


def _pair(tls: Section) -> tuple[str | None, str | None]:
    cert_file = tls.path("cert_file", required="give the file of the certificate, in PEM format")
    key_file = tls.path("key_file", required="give the file of the certificate's private key, in PEM format")
    given = {key: file for key, file in (("cert_file", cert_file), ("key_file", key_file)) if file is not None}
    readable = [_readable(tls, key, file) for key, file in given.items()]
    if cert_file is not None and key_file is not None and all(readable):
        try:
            Certificate(cert_file, key_file)
        except InvalidDeclaration:
            tls.fault("cert_file", "cert_file and key_file are no certificate and its key", _PEM)
    return cert_file, key_file


def _refuse(tls: Section) -> None:
    """Go's own settings are refused: to leave them out silently would weaken what the operator asked for."""
    for key in OF_GO:
        if tls.has(key):
            tls.fault(key, f"{key!r} is not supported by this exporter", "remove it; min_version: TLS13 is stricter")
    tls.without(*OF_GO).only(*TLS_KEYS)


def _clients(tls: Section) -> tuple[ClientAuth, str | None]:
    kind, file = tls.text("client_auth_type"), tls.path("client_ca_file")
    if kind is not None and kind not in CLIENT_AUTH:
        cause = "client_auth_type is none that this exporter knows"
        tls.fault("client_auth_type", cause, f"use one of: {', '.join(CLIENT_AUTH)}")
        return "none", file
    client_auth = CLIENT_AUTH[kind] if kind is not None else "none"
    if file is not None and _readable(tls, "client_ca_file", file) and not _is_authority(file):
        tls.fault("client_ca_file", "client_ca_file holds no certificate", _PEM)
    if client_auth != "none" and file is None:
        remedy = "add client_ca_file: the authority of the clients' certificates"
        tls.fault("client_auth_type", "clients' certificates are verified, but against no authority", remedy)
    if client_auth == "none" and file is not None:
        remedy = "add client_auth_type: RequireAndVerifyClientCert"
        tls.fault("client_ca_file", "client_ca_file stands here, but no client is asked for a certificate", remedy)
    return client_auth, file


def _is_authority(file: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(file)
    except (OSError, ValueError):
        return False
    return True


def _version(tls: Section, key: str) -> ssl.TLSVersion | None:
    text = tls.text(key)
    if text is not None and text not in TLS_VERSIONS:
        tls.fault(key, f"{key} is none that this exporter speaks", f"use {' or '.join(TLS_VERSIONS)}")
    return TLS_VERSIONS.get(text or "")


def _users(shared: Section) -> dict[str, str]:
    users = shared.optional("basic_auth_users", "basic_auth_users")
    if users is None:
        return {}
    found: dict[str, str] = {}
    for number, name in enumerate(users.keys(), start=1):
        hashed = users.text(name)
        matched = _HASH.fullmatch(hashed or "")
        if not name or ":" in name or not name.isprintable():
            users.fault(name, f"user {number} of basic_auth_users has no usable name", "a user's name has no colon")
        elif hashed is not None and (matched is None or int(matched[1]) not in _COSTS):
            cause = f"user {number} of basic_auth_users has no bcrypt hash of a cost from 4 to 14"
            users.fault(name, cause, _MAKE_ONE)
        elif hashed is not None:
            found[name] = hashed
    if len(found) > _MOST_USERS:
        shared.fault("basic_auth_users", f"there are more than {_MOST_USERS} users", "leave some out")
    return found


def _http(shared: Section) -> None:
    http = shared.optional("http_server_config", "http_server_config")
    if http is not None:
        # HTTP/1.1 is all the endpoint speaks, so that either value of http2 is kept.
        http.flag("http2")
        http.only("http2")


def _readable(section: Section, key: str, file: str) -> bool:
    try:
        with Path(file).open("rb"):
            return True
    except OSError as error:
        section.fault(key, f"{key} cannot be read: {error.strerror}", "name a file that this account can read")
        return False
