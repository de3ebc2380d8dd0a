"""Ways to notify people: Slack, and any HTTP endpoint."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Self
from urllib.parse import SplitResult, parse_qsl, urlsplit

from watchbill.links import slug
from watchbill.problem import Declared, Problem, is_a

_SECRET_WORDS = ("token", "key", "secret", "password", "auth", "signature")


@dataclass(frozen=True)
class Slack(Declared):
    """A Slack channel; `url_file` is the absolute path of a file that holds the incoming webhook's address."""

    channel: str
    url_file: str = field(kw_only=True)
    development_address: str = field(default="", kw_only=True, repr=False)

    def problems(self) -> Iterator[Problem]:
        if not (is_a(self.channel, str) and self.channel.startswith(("#", "@")) and len(self.channel) > 1):
            yield self.problem(f"{self.channel!r} is no Slack channel", 'write "#channel", or "@person"')
        yield from _file_problems(self, "url_file", self.url_file)

    def integration(self) -> tuple[str, Mapping[str, object]]:
        """Alertmanager's slack_configs and one entry under it; texts are those of watchbill.tmpl."""
        return "slack_configs", {
            "send_resolved": True,
            "api_url_file": self.url_file,
            "channel": self.channel,
            "color": '{{ template "watchbill.slack.colour" . }}',
            "title": '{{ template "watchbill.title" . }}',
            "title_link": '{{ template "watchbill.slack.link" . }}',
            "text": '{{ template "watchbill.slack.text" . }}',
            "fallback": '{{ template "watchbill.title" . }}',
        }

    def delivered_to(self, address: str, secrets: Path) -> Self:
        """The same channel at another address, which must stand in the file that `secret_files` names."""
        file = secrets / f"slack-{slug(urlsplit(address).path) or 'url'}"
        return replace(self, url_file=str(file), development_address=address)

    def secret_files(self) -> Mapping[Path, str]:
        """The files a development stack must write for this receiver, with their content."""
        if not self.development_address:
            return MappingProxyType({})
        return MappingProxyType({Path(self.url_file): self.development_address})


@dataclass(frozen=True)
class Webhook(Declared):
    """An HTTP endpoint that takes Alertmanager's JSON; `token_file` holds a bearer token, if it wants one."""

    url: str
    token_file: str | None = field(default=None, kw_only=True)

    def problems(self) -> Iterator[Problem]:
        parts = _split(self.url) if is_a(self.url, str) else None
        if parts is None:
            yield self.problem(f"{_without_secrets(self.url)} is no address", "write https://host/path")
        elif parts.password is not None or parts.username is not None or _carries_secret(parts):
            yield self.problem(
                f"the address of {parts.hostname} carries a secret",
                "put the secret into a file that Alertmanager can read, and name it: token_file=…",
            )
        if self.token_file is not None:
            yield from _file_problems(self, "token_file", self.token_file)

    def integration(self) -> tuple[str, Mapping[str, object]]:
        """Alertmanager's webhook_configs and one entry under it."""
        authorization = {"authorization": {"credentials_file": self.token_file}}
        signed_in = {"http_config": authorization} if self.token_file is not None else {}
        return "webhook_configs", {"send_resolved": True, "url": self.url, **signed_in}

    def delivered_to(self, address: str, secrets: Path) -> Self:  # noqa: ARG002  # an inbox wants no token
        """The same receiver at another address, without its token."""
        return replace(self, url=address, token_file=None)


def _file_problems(receiver: Declared, name: str, path: str) -> Iterator[Problem]:
    if not is_a(path, str):
        yield receiver.problem(f"{name}={path!r} is no text", f'write {name}="/run/secrets/…"')
    elif "://" in path:
        yield receiver.problem(
            f"{name} holds an address, which is a secret",
            f'put it into a file that Alertmanager can read, and name the file: {name}="/run/secrets/…"',
        )
    elif not PurePosixPath(path).is_absolute():
        yield receiver.problem(
            f"{name} is no absolute path",
            f'Alertmanager reads it from wherever it was started: write {name}="/run/secrets/…"',
        )


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        has_host = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return None
    return parts if has_host else None


def _carries_secret(parts: SplitResult) -> bool:
    names = (name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return any(word in name for name in names for word in _SECRET_WORDS)


def _without_secrets(url: object) -> str:
    """A broken address as far as it may stand in an error: without what follows a question mark or precedes an @."""
    return repr(url.split("?", 1)[0].rsplit("@", 1)[-1]) if isinstance(url, str) else repr(url)
