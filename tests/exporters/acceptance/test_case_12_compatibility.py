"""Case 12: what the community's dashboards and alerts ask for is there, with the labels they use.

The versions that run here are those of the machine; exporters/COMPATIBILITY.md says which others are read.
"""

import shutil
import subprocess
from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.exporters.compatibility.conditional import NEVER, SOMETIMES
from tests.exporters.compatibility.names import asked
from tests.exporters.compatibility.peers import PEERS, families
from tests.plugins.exporter_process import Options, exporter_process, postgres_options, redis_options
from tests.plugins.postgres_server import PostgresServer
from tests.plugins.programs import free_port, program, stop, wait_until
from tests.plugins.redis_server import RedisServer, connected
from watchbill.catalogue.postgres_server.locks import PG_LOCKS_WAITING
from watchbill.catalogue.postgres_server.probe import PG_UP
from watchbill.catalogue.redis_server.probe import REDIS_UP

Labels = Mapping[str, frozenset[str]]
REDIS, VERSIONS = ("master", "replica", "member", "sentinel"), ("older", "newest")
SERVERS = (*REDIS, *VERSIONS)
_MASTER = "mymaster"
_FOLLOWS = "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn IS NOT NULL"
_SHOP = """
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
CREATE TABLE shelves AS SELECT n AS id, n AS a, n % 2 AS b FROM generate_series(1, 60000) n;
CREATE INDEX shelves_a ON shelves (a);
DELETE FROM shelves WHERE id < 5000;
VACUUM ANALYZE shelves;
"""


@contextmanager
def redis_servers(folder: Path) -> Generator[dict[str, Options]]:
    """A master with a replica, a member of a cluster, and a Sentinel."""
    with ExitStack() as stack:
        servers = {name: RedisServer(_made(folder / name)) for name in ("master", "replica", "member")}
        master = servers["master"]
        replica = ("--replicaof", "127.0.0.1", str(master.port), "--masterauth", master.password)
        for name, arguments in (
            ("master", ("--appendonly", "yes", "--latency-monitor-threshold", "1")),
            ("replica", replica),
            ("member", ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))),
        ):
            servers[name].start(*arguments)
            stack.callback(servers[name].stop)
        with connected(master) as client:
            client.set("key", "value", ex=1000)
            client.get("key")
            wait_until(lambda: client.info("replication")["connected_slaves"] == 1, "the replica follows")
        sentinel = stack.enter_context(_sentinel(folder / "sentinel.conf", master))
        yield {**{name: redis_options(one) for name, one in servers.items()}, "sentinel": sentinel}


@contextmanager
def _sentinel(file: Path, master: RedisServer) -> Generator[Options]:
    port = free_port()
    lines = [f"port {port}", "bind 127.0.0.1", f"sentinel monitor {_MASTER} 127.0.0.1 {master.port} 1"]
    file.write_text("\n".join([*lines, f"sentinel auth-pass {_MASTER} {master.password}", ""]), encoding="utf-8")
    command = [program("redis-server"), str(file), "--sentinel"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield {"kind": "redis", "address": f"127.0.0.1:{port}"}
    finally:
        stop(process)


@contextmanager
def postgres_with_standby(server: PostgresServer, folder: Path) -> Generator[Options]:
    """The server with statements counted, a table that has been vacuumed, an index that failed, and a standby."""
    server.restore()
    with server.connect() as connection:
        for statement in filter(str.strip, _SHOP.split(";")):
            connection.execute(statement.encode())
        with pytest.raises(psycopg.Error):
            connection.execute(b"CREATE UNIQUE INDEX CONCURRENTLY shelves_b_ccnew ON shelves (b)")
    standby = server.standby(folder)
    standby.start()
    try:
        wait_until(lambda: bool(server.execute(_FOLLOWS)), "the standby follows")
        yield postgres_options(server)
    finally:
        standby.stop()
        server.execute(f"SELECT pg_drop_replication_slot('{folder.name}')")
        server.execute("DROP TABLE shelves; DROP EXTENSION pg_stat_statements")


@pytest.fixture(scope="module")
def pages(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_installation: PostgresServer,
    newest_postgres_installation: PostgresServer,
) -> Mapping[str, str]:
    """What a scrape of each server shows."""
    folder = tmp_path_factory.mktemp("compatibility")
    # PostgreSQL's standbys run as another user, who may not enter pytest's folders.
    with ExitStack() as stack:
        targets = stack.enter_context(redis_servers(folder))
        for name, server in (("older", postgres_installation), ("newest", newest_postgres_installation)):
            beside = server.folder / f"compatibility_{name}"
            beside.mkdir(mode=0o755)
            stack.callback(shutil.rmtree, beside, ignore_errors=True)
            targets[name] = stack.enter_context(postgres_with_standby(server, beside))
        exporter = stack.enter_context(exporter_process(folder, targets))
        scrapes = {name: exporter.probe(name, scrape_timeout=20) for name in SERVERS}
    assert {scrape.value(REDIS_UP) or scrape.value(PG_UP) for scrape in scrapes.values()} == {1}
    return {name: scrape.text for name, scrape in scrapes.items()}


@pytest.fixture(scope="module")
def shown(pages: Mapping[str, str]) -> Mapping[str, Labels]:
    """The labels of every series, by version of PostgreSQL; those of Redis stand in both."""
    return {version: _labels(text for name, text in pages.items() if name in {*REDIS, version}) for version in VERSIONS}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_metric_of_the_communitys_dashboards_and_alerts_is_shown_with_the_labels_they_use(
    version: str, shown: Mapping[str, Labels]
) -> None:
    found = shown[version]
    wanted = {name: labels for name, labels in asked() if name not in NEVER}
    missing = {name: SOMETIMES.get(name, "always shown") for name in wanted if name not in found}
    lacking = {name: lack for name, labels in wanted.items() if (lack := labels - found.get(name, labels))}
    assert missing == {}
    assert lacking == {}


def test_a_metric_that_is_said_never_to_be_shown_is_not(shown: Mapping[str, Labels]) -> None:
    assert {name for found in shown.values() for name in found} & {*NEVER} == set()


@pytest.mark.parametrize("target", SERVERS)
def test_promtool_has_no_remark_on_a_name_that_is_not_inherited(pages: Mapping[str, str], target: str) -> None:
    checked = subprocess.run(
        [program("promtool"), "check", "metrics"], input=pages[target], capture_output=True, text=True, check=False
    )
    remarks = {line.split(" ")[0]: line for line in checked.stderr.splitlines()}
    assert [line for name, line in remarks.items() if not _inherited(name)] == []


def _inherited(name: str) -> bool:
    """Whether others made a name: the community, or PostgreSQL, whose columns the peers took as they are."""
    known = {name for peer in PEERS for name in families(peer)} | {name for name, _ in asked()}
    stem = name.removesuffix("_sum").removesuffix("_count")
    # A summary's sum and count have names of their own here; waiting locks stand beside the peer's count of all.
    return name.startswith("pg_stat_") or name in known or stem in known or name == PG_LOCKS_WAITING.name


def _labels(texts: Iterable[str]) -> Labels:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for text in texts:
        for name, labels in _series(text):
            found[name] |= labels
    return {name: frozenset(labels) for name, labels in found.items()}


def _series(text: str) -> Generator[tuple[str, set[str]]]:
    for line in text.split("\n"):
        if line and not line.startswith("#"):
            name, brace, rest = line.rpartition(" ")[0].partition("{")
            yield name, {part.rpartition(",")[2].strip() for part in rest.split('="')[:-1]} if brace else set()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
