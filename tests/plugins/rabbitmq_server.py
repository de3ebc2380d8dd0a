"""A real RabbitMQ for tests."""

import os
import secrets
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import httpx
from kombu import Connection

from tests.plugins.programs import descendants, free_port, program, wait_until

_INSTALLED = (Path("/usr/lib/rabbitmq/bin"),)
_STARTUP_SECONDS = 60.0
_SETTINGS = {
    "disk_free_limit.absolute": "1MB",
}
# Fewer threads than cores: the machine has other work.
_RUNTIME = "+S 1:1 +A 4 +sbwt none +sbwtdcpu none +sbwtdio none"


class RabbitmqServer:
    """A RabbitMQ on free ports of loopback, with a node name, data and a user of its own.

    Erlang's port mapper is one of its own, too, and ends with it.
    """

    def __init__(self, folder: Path, *, management: bool = False) -> None:
        self.folder = folder
        self.port, self._distribution, self._mapper = free_port(), free_port(), free_port()
        self._management_port = free_port() if management else None
        self.user, self.password = "watchbill", secrets.token_hex(8)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """As Celery takes it."""
        return f"amqp://{self.user}:{self.password}@127.0.0.1:{self.port}//"

    @property
    def management_address(self) -> str:
        """Host and port of the management listener."""
        return f"127.0.0.1:{self._management_port}"

    def manage(self, method: str, path: str, body: Mapping[str, object] | None = None) -> object:
        """What the management listener answers its administrator."""
        url = f"http://{self.management_address}/api/{path}"
        answer = httpx.request(method, url, json=body, auth=(self.user, self.password), timeout=10, trust_env=False)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "rabbitmq.log"

    def start(self) -> None:
        """Starts it, and waits until it accepts connections."""
        settings = {
            **_SETTINGS,
            "listeners.tcp.1": f"127.0.0.1:{self.port}",
            "default_user": self.user,
            "default_pass": self.password,
        }
        if self._management_port is not None:
            # Statistics each tenth of a second instead of each five seconds.
            settings |= {"collect_statistics_interval": "100", "management.tcp.ip": "127.0.0.1"}
            settings |= {"management.tcp.port": str(self._management_port)}
        (self.folder / "rabbitmq.conf").write_text("".join(f"{key} = {value}\n" for key, value in settings.items()))
        # Else the server waits for plugins that the distribution may have switched on.
        plugins = "" if self._management_port is None else "rabbitmq_management"
        (self.folder / "enabled_plugins").write_text(f"[{plugins}].\n")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [program("rabbitmq-server", *_INSTALLED) if not self._as_root else self._as_root],
                env=self._environ,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        wait_until(self._answers, "RabbitMQ starts", _STARTUP_SECONDS)

    def stop(self) -> None:
        """Ends it at once, by force: nothing of it is kept, and to stop in peace takes it seconds."""
        if self.process is not None:
            for pid in descendants(self.process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()
        wait_until(self._mapper_is_gone, "the port mapper forgets the server and ends")

    @property
    def _as_root(self) -> str:
        """Debian's command would change to another user and log folder for root; the program behind it does not."""
        found = next((folder / "rabbitmq-server" for folder in _INSTALLED if folder.is_dir()), None)
        return str(found) if found is not None and os.geteuid() == 0 else ""

    @property
    def _environ(self) -> dict[str, str]:
        own = {
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": f"watchbill{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel inet_dist_use_interface {{127,0,0,1}} {_RUNTIME}",
            "ERL_EPMD_PORT": str(self._mapper),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        return {**os.environ, **own}

    def _mapper_is_gone(self) -> bool:
        """It refuses to end while it knows a living node."""
        command = [program("epmd"), "-port", str(self._mapper), "-kill"]
        said = subprocess.run(command, check=False, capture_output=True, text=True)
        return "not allowed" not in said.stdout + said.stderr

    def _answers(self) -> bool:
        try:
            with Connection(self.url, connect_timeout=2) as connection:
                connection.connect()
                return True
        except OSError:
            return False
