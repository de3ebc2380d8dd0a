"""Settings of the server: those that dashboards need, those the configuration names, and never a secret."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.exporters.probing import Exporter, redis_target
from tests.exporters.redis_server.landscape import Landscape
from tests.plugins.exposition import samples, value
from watchbill.catalogue.redis_server.settings import (
    REDIS_CONFIG_BACKLOG,
    REDIS_CONFIG_BUFFER_LIMIT,
    REDIS_CONFIG_BUFFER_SECONDS,
    REDIS_CONFIG_IO_THREADS,
    REDIS_CONFIG_KEY_VALUE,
    REDIS_CONFIG_MAXCLIENTS,
    REDIS_CONFIG_MAXMEMORY,
    REDIS_CONFIG_VALUE,
)
from watchbill_exporters import InvalidConfiguration, RedisSettings, load_configuration
from watchbill_exporters.redis_server.shown_settings import DEFAULT_SETTINGS, SETTINGS


def _told(landscape: Landscape, name: str) -> str:
    return landscape.master.cli("CONFIG", "GET", name).splitlines()[1]


async def test_settings_are_what_config_get_says(landscape: Landscape) -> None:
    target = replace(redis_target(landscape.master), include_settings=tuple(sorted(SETTINGS)))
    async with Exporter(target) as exporter:
        text = (await exporter.probe("cache")).text
    for metric, name in (
        (REDIS_CONFIG_MAXMEMORY, "maxmemory"),
        (REDIS_CONFIG_MAXCLIENTS, "maxclients"),
        (REDIS_CONFIG_IO_THREADS, "io-threads"),
        (REDIS_CONFIG_BACKLOG, "repl-backlog-size"),
    ):
        assert value(text, metric) == float(_told(landscape, name))
    buffers = _told(landscape, "client-output-buffer-limit").split()
    hard, soft, seconds = (float(word) for word in buffers[buffers.index("pubsub") + 1 :][:3])
    assert value(text, REDIS_CONFIG_BUFFER_LIMIT, "pubsub", "hard") == hard
    assert value(text, REDIS_CONFIG_BUFFER_LIMIT, "pubsub", "soft") == soft
    assert value(text, REDIS_CONFIG_BUFFER_SECONDS, "pubsub", "soft") == seconds
    words = landscape.master.cli("CONFIG", "GET", "*").splitlines()
    every = dict(zip(words[::2], words[1::2], strict=True))
    shown = {labels for name, labels in samples(text) if name == REDIS_CONFIG_KEY_VALUE.name}
    assert shown == {(name, setting) for name, setting in every.items() if name in SETTINGS}
    numbers = {labels: one for (name, labels), one in samples(text).items() if name == REDIS_CONFIG_VALUE.name}
    assert numbers == {(name,): float(every[name]) for name, _ in shown if every[name].lstrip("-").isdecimal()}


def test_no_setting_that_may_be_shown_holds_a_secret_an_address_or_a_path() -> None:
    suspicious = (
        "pass",
        "auth",
        "masteruser",
        "file",
        "dir",
        "path",
        "bind",
        "addr",
        "announce",
        "socket",
        "host",
        "slaveof",
    )
    found = {name for name in SETTINGS if any(word in name for word in suspicious)}
    # Whether clients are asked for a certificate, not with which.
    assert found == {"tls-auth-clients"}
    assert set(DEFAULT_SETTINGS) <= SETTINGS


def _loaded(folder: Path, options: str) -> RedisSettings:
    file = folder / "exporter.yaml"
    file.write_text(f"targets:\n  cache:\n    kind: redis\n    address: cache:6379\n{options}", encoding="utf-8")
    found = load_configuration(file).targets["cache"]
    assert isinstance(found, RedisSettings)
    return found


def test_options_are_read_from_the_configuration(tmp_path: Path) -> None:
    plain = _loaded(tmp_path, "")
    assert (plain.client_list, plain.latency_histograms, plain.include_settings) == (False, True, DEFAULT_SETTINGS)
    chosen = _loaded(
        tmp_path, "    client_list: true\n    latency_histograms: false\n    include_settings: [save, hz]\n"
    )
    assert (chosen.client_list, chosen.latency_histograms) == (True, False)
    assert chosen.include_settings == (*DEFAULT_SETTINGS, "save", "hz")


@pytest.mark.parametrize(("name", "remedy"), [("requirepass", "no secret"), ("maxmemmory", "did you mean 'maxmemory'")])
def test_another_setting_is_a_mistake_with_its_line(tmp_path: Path, name: str, remedy: str) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        _loaded(tmp_path, f"    include_settings:\n      - save\n      - {name}\n")
    (problem,) = caught.value.problems
    assert ":7:" in str(problem)
    assert "not shown" in str(problem)
    assert remedy in str(problem)
