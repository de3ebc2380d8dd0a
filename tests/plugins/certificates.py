"""Certificates that tests make for themselves."""

import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.plugins.programs import program


class Pair(NamedTuple):
    """A certificate and its key, as PEM files."""

    file: Path
    key: Path


def self_signed(folder: Path, name: str) -> Pair:
    """A certificate of its own making, for loopback, in files of that name."""
    pair = Pair(folder / f"{name}.pem", folder / f"{name}.key")
    command = [program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    command += ["-keyout", str(pair.key), "-out", str(pair.file)]
    subprocess.run(command, check=True, capture_output=True)  # our own command
    return pair


def trusting(file: Path, own: Pair | None = None) -> ssl.SSLContext:
    """A client's context that trusts one certificate, and shows its own."""
    context = ssl.create_default_context(cafile=str(file))
    if own is not None:
        context.load_cert_chain(*own)
    return context
