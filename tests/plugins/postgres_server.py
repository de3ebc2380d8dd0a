"""A real PostgreSQL server for tests."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import psycopg

from tests.plugins.programs import descendants, free_port, program, stop, wait_until

_INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_SYSTEM_USER = "postgres" if os.geteuid() == 0 else None
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "max_connections": "20",
    "password_encryption": "scram-sha-256",
}


class PostgresServer:
    """A PostgreSQL on a free port of loopback; it refuses to run as root, so root lends it to `postgres`.

    The superuser is `admin`; the role `watchbill` has pg_monitor alone, and its password in `password_file`.
    """

    database = "postgres"
    user = "watchbill"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.password = "battery-staple"  # of a server that lives as long as the tests
        self.admin_password = "paper-clip"  # as above
        self.password_file = folder / "postgres-password"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def create(self) -> None:
        """Makes the data folder, starts the server and makes the role."""
        if _SYSTEM_USER is not None:
            shutil.chown(self.folder, _SYSTEM_USER)
        secret = self.folder / "admin-password"
        secret.write_text(self.admin_password, encoding="utf-8")
        command = [program("initdb", *_INSTALLED), "-D", str(self.folder / "data"), "-U", "admin"]
        command += ["--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync", "--locale=C", "--encoding=UTF8"]
        subprocess.run(command, check=True, capture_output=True, user=_SYSTEM_USER)  # our own command
        self.start()
        self.restore()

    def start(self, **settings: str) -> None:
        """Starts the server, with further settings, and waits until it accepts connections."""
        command = [program("postgres", *_INSTALLED), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += ["-k", str(self.folder)]
        for name, value in {**_SETTINGS, **settings}.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "postgres.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, user=_SYSTEM_USER)  # as above
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

    def connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection of the superuser; close it."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            dbname=self.database,
            user="admin",
            password=self.admin_password,
            autocommit=True,
            connect_timeout=5,
        )

    def execute(self, query: str) -> list[tuple[object, ...]]:
        """The rows of a query, run by the superuser over a connection of its own."""
        with self.connect() as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.Error:
            return False
        return True
