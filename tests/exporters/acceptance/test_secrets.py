"""What a session full of failures leaves behind: no password, nowhere."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.plugins.exporter_process import exporter_process, postgres_options, redis_options
from tests.plugins.ill_server import ill_server, speaking_http
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.redis_server import RedisServer

WRONG, ASKED = "wrong-secret-of-a-file", "hunter2-in-a-request"
_CHECK = """import sys; from pathlib import Path; from watchbill_exporters import load_configuration
from watchbill_exporters.checking import check
print(check(load_configuration(Path(sys.argv[1]))))"""


def test_no_password_is_in_logs_metrics_pages_or_the_process_table(
    tmp_path: Path, redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text(WRONG, encoding="utf-8")
    cache, orders = redis_options(redis_server), postgres_options(postgres_server)
    with ill_server(speaking_http) as web:
        targets = {
            "cache": {**cache, "on_metrics": True},
            "orders": orders,
            "cache-auth": {**cache, "password_file": str(wrong)},
            "orders-auth": {**orders, "password_file": str(wrong)},
            "cache-tls": {**cache, "tls": True},
            "orders-tls": {**orders, "tls": True},
            "cache-web": {**cache, "address": web.address},
            "orders-web": {**orders, "address": web.address},
            "cache-file": {**cache, "password_file": str(tmp_path / "absent")},
            "broker-web": {"kind": "rabbitmq", "address": web.address, "password_file": str(wrong)},
            "orders-dns": {**orders, "address": "no-such-host.invalid:5432"},
        }
        modules = {"caches": {"kind": "redis", "password_file": str(wrong), "allow": [web.address]}}
        asked = [f"/probe?target=user:{ASKED}@h:1", f"/probe?target=cache&password={ASKED}", f"/{ASKED}"]
        asked += [f"/probe?module=caches&target={at}" for at in (web.address, f"{ASKED}:6379", f"redis://:{ASKED}@h:1")]
        with exporter_process(tmp_path, targets, modules=modules) as exporter:
            pages = ["/", "/metrics", "/targets", *asked, *(f"/probe?target={name}" for name in targets)]
            seen = [scrape.text for scrape in exporter.at_once(pages, scrape_timeout=1.5)]
            seen += [(Path("/proc") / str(exporter.pid) / name).read_text() for name in ("cmdline", "environ")]
            log = exporter.log
    # A Redis without TLS does not answer where TLS is asked for, and the command waits ten seconds for it.
    checked = _checked(tmp_path, {name: one for name, one in targets.items() if name != "cache-tls"})
    secrets = (redis_server.password, postgres_server.password, WRONG, ASKED)
    everything = "\n".join([*seen, log, checked])
    assert log.count("down (auth)") >= 2
    assert [secret for secret in secrets if secret in everything] == []
    assert "Traceback" not in log + checked


@pytest.mark.parametrize("option", ["password", "url", "dsn"])
def test_a_password_in_the_configuration_stops_the_start_and_is_not_repeated(tmp_path: Path, option: str) -> None:
    file = tmp_path / "exporter.yaml"
    target = {"kind": "redis", "address": "127.0.0.1:1", option: f"redis://:{ASKED}@127.0.0.1:1"}
    file.write_text(yaml.safe_dump({"targets": {"cache": target}}), encoding="utf-8")
    ended = subprocess.run([sys.executable, "-c", _CHECK, str(file)], capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert ASKED not in ended.stdout + ended.stderr


def _checked(folder: Path, targets: object) -> str:
    """What `--check` says of the same targets."""
    file = folder / "check.yaml"
    file.write_text(yaml.safe_dump({"targets": targets, "timeout": 1.5}), encoding="utf-8")
    ended = subprocess.run([sys.executable, "-c", _CHECK, str(file)], capture_output=True, text=True, check=False)
    return ended.stdout + ended.stderr
