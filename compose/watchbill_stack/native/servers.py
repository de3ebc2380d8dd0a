"""Redis and PostgreSQL of the stack's own: fresh data, random passwords in files, loopback only."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql

from watchbill.dependency import Dependency, Postgres, Redis
from watchbill_stack.native.process import Child, StartFailed, as_user
from watchbill_stack.native.site import MONITOR, Site, write_secret

_SUPERUSER = "postgres"


def server_of(dependency: Dependency, site: Site) -> Child:
    """The child that serves a dependency; its data folder is made here."""
    return _postgres(dependency, site) if isinstance(dependency, Postgres) else _redis(dependency, site)


def programs_for(dependency: Dependency) -> tuple[str, ...]:
    """The programs that serving a dependency takes."""
    return ("redis-server",) if isinstance(dependency, Redis) else ("postgres", "initdb")


def prepare(dependency: Dependency, site: Site) -> None:
    """Once it serves: roles and the database of a PostgreSQL server; nothing for Redis."""
    if isinstance(dependency, Postgres):
        _create_roles(dependency, site)


def serves(name: str, site: Site) -> Callable[[], bool]:
    """A check whether something accepts connections at a server's address."""

    def check() -> bool:
        with socket.socket() as client:
            client.settimeout(0.5)
            return client.connect_ex(("127.0.0.1", site.ports[name])) == 0

    return check


def _redis(dependency: Dependency, site: Site) -> Child:
    folder = site.data(dependency.name)
    configuration = folder / "redis.conf"
    configuration.touch(mode=0o600)
    password = site.secret(f"{dependency.name}-monitor").read_text(encoding="utf-8")
    lines = (
        "bind 127.0.0.1",
        f"port {site.ports[dependency.name]}",
        f"requirepass {password}",
        'save ""',
        "maxmemory 64mb",
        "maxmemory-policy allkeys-lru",
    )
    configuration.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Child(
        name=dependency.name,
        # Through stdin: Redis takes a path for a pattern, and starts without its settings when nothing matches.
        command=["sh", "-c", f'exec "$0" - < {configuration.name}', str(site.programs["redis-server"])],
        log=site.log(dependency.name),
        ready=serves(dependency.name, site),
        address=site.address(dependency.name),
        folder=folder,
    )


def _postgres(dependency: Dependency, site: Site) -> Child:
    folder = site.data(dependency.name)
    user = _SUPERUSER if os.getuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    cluster = folder / "cluster"
    _initialise(cluster, site, dependency, user)
    settings = {
        "port": str(site.ports[dependency.name]),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
        "max_connections": "50",
    }
    command = [str(site.programs["postgres"]), "-D", str(cluster)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return Child(
        name=dependency.name,
        command=command,
        log=site.log(dependency.name),
        ready=lambda: _signs_in(dependency, site),
        address=site.address(dependency.name),
        user=user,
        stop_signal=signal.SIGINT,
    )


def _initialise(cluster: Path, site: Site, dependency: Dependency, user: str | None) -> None:
    password = cluster.parent / "superuser"
    write_secret(password, site.secret(f"{dependency.name}-superuser").read_text(encoding="utf-8"))
    if user is not None:
        shutil.chown(password, user)
    done = subprocess.run(  # noqa: S603  # the command is ours, without a shell
        [
            *as_user(user),
            str(site.programs["initdb"]),
            f"--pgdata={cluster}",
            f"--username={_SUPERUSER}",
            "--auth=scram-sha-256",
            f"--pwfile={password}",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        text=True,
        capture_output=True,
        cwd="/",
        check=False,
    )
    password.unlink()
    if done.returncode != 0:
        raise StartFailed(f"initdb failed for {dependency.name}: {done.stderr.strip() or done.stdout.strip()}")


def _connect(dependency: Dependency, site: Site) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host="127.0.0.1",
        port=site.ports[dependency.name],
        user=_SUPERUSER,
        password=site.secret(f"{dependency.name}-superuser").read_text(encoding="utf-8"),
        dbname="postgres",
        connect_timeout=2,
        autocommit=True,
    )


def _signs_in(dependency: Dependency, site: Site) -> bool:
    try:
        _connect(dependency, site).close()
    except psycopg.OperationalError:
        return False
    return True


def _create_roles(dependency: Postgres, site: Site) -> None:
    owner = dependency.database
    monitor_password = site.secret(f"{dependency.name}-monitor").read_text(encoding="utf-8")
    owner_password = site.secret(f"{dependency.name}-owner").read_text(encoding="utf-8")
    create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
    with _connect(dependency, site) as connection:
        connection.execute(create.format(sql.Identifier(MONITOR), sql.Literal(monitor_password)))
        connection.execute(sql.SQL("GRANT pg_monitor TO {}").format(sql.Identifier(MONITOR)))
        connection.execute(create.format(sql.Identifier(owner), sql.Literal(owner_password)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(dependency.database), sql.Identifier(owner))
        )
