"""A real nginx for tests, which writes its log as the exporter's page says."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import httpx

from tests.plugins.certificates import Pair
from tests.plugins.programs import free_port, program, stop, wait_until

_PAGE = Path(__file__).parents[2] / "exporters" / "EDGE.md"
_FOLDERS = (Path("/usr/sbin"), Path("/usr/local/sbin"))


def documented_log_format() -> str:
    """What exporters/EDGE.md tells to paste."""
    found = re.search(r"```nginx\n(.*?)```", _PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


class NginxServer:
    """An nginx on free ports of loopback: files under `www`, the same by way of a cache, its status page, TLS."""

    def __init__(self, folder: Path, certificate: Pair) -> None:
        self.folder = folder
        self.port, self.tls_port, self._origin = free_port(), free_port(), free_port()
        self.log = folder / "access.json.log"
        self.certificate = certificate
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Host and port without TLS."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it with some files to serve, and waits until it answers."""
        www = self.folder / "www"
        www.mkdir(exist_ok=True)
        (www / "page.html").write_text("<p>all is well</p>\n" * 500)
        (www / "app.js").write_text("let watch = 1;\n" * 500)
        (www / "logo.png").write_bytes(bytes(3000))
        configuration = self.folder / "nginx.conf"
        configuration.write_text(self._configuration())
        command = [program("nginx", *_FOLDERS), "-c", str(configuration), "-p", str(self.folder), "-e", "stderr"]
        with (self.folder / "nginx.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)  # our own command
        wait_until(self._answers, "nginx starts")

    def stop(self) -> None:
        """Ends it and its worker."""
        if self.process is not None:
            stop(self.process, signal.SIGQUIT)

    def reopen(self) -> None:
        """Tells it to write to a new file, as logrotate does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGUSR1)

    def get(self, path: str, *, method: str = "GET", **headers: str) -> httpx.Response:
        """One request of a client."""
        url = f"http://{self.address}{path}"
        return httpx.request(method, url, headers={"accept-encoding": "identity", **headers}, trust_env=False)

    def empty_cache(self) -> None:
        """Forgets what the cache holds; nginx finds its files gone and asks the origin."""
        for path in (self.folder / "cache").iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _answers(self) -> bool:
        try:
            return self.get("/stub_status").is_success
        except httpx.TransportError:
            return False

    def _configuration(self) -> str:
        scratch = "".join(
            f"{kind}_temp_path {self.folder}/temp_{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if os.geteuid() == 0 else ""
        files = f"root {self.folder}/www;"
        cached = f"""location /cached/ {{
            proxy_pass http://127.0.0.1:{self._origin}/; proxy_cache edge; proxy_cache_valid 200 10m;
            add_header X-Cache-Status $upstream_cache_status;
        }}"""
        return f"""{user} daemon off; worker_processes 1; pid {self.folder}/nginx.pid;
events {{ worker_connections 64; }}
http {{
    types {{ text/html html; application/javascript js; image/png png; }}
    {documented_log_format()}
    {scratch}
    access_log {self.log} watchbill;
    gzip on; gzip_types application/javascript; gzip_min_length 100;
    proxy_cache_path {self.folder}/cache keys_zone=edge:1m;
    server {{
        listen 127.0.0.1:{self.port}; {files}
        location = /stub_status {{ stub_status; access_log off; }}
        location = /forbidden {{ deny all; access_log off; }}
        location = /empty {{ access_log off; default_type text/plain; return 200 "hello"; }}
        {cached}
    }}
    server {{
        listen 127.0.0.1:{self.tls_port} ssl; access_log off;
        ssl_certificate {self.certificate.file}; ssl_certificate_key {self.certificate.key};
        location = /purges {{
            default_type application/json;
            if ($http_authorization != "Bearer open-sesame") {{ return 403; }}
            return 200 '{{"result": {{"pending": ["/app.js", "/logo.png"]}}}}';
        }}
        location = /aged {{
            add_header Age 12; add_header X-Cache "Miss from shield, Hit from cloudfront"; return 204;
        }}
        location = /moved {{ return 302 https://127.0.0.1:1/; }}
        {cached}
    }}
    server {{ listen 127.0.0.1:{self._origin}; access_log off; {files} }}
}}
"""
