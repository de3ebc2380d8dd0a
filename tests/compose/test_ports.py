"""Two stacks on one machine never share a port."""

import os
import socket
import tempfile
from pathlib import Path

import pytest

from watchbill_stack.native.ports import DEFAULT_BASE, PortTaken, is_free, leased

_NAMES = ("page", "prometheus")


def test_two_leases_at_once_have_different_ports() -> None:
    with leased(_NAMES) as first, leased(_NAMES) as second:
        assert set(first.values()).isdisjoint(second.values())


def test_a_block_is_free_again_after_its_lease() -> None:
    with leased(_NAMES) as first:
        pass
    with leased(_NAMES) as again:
        assert again == first


def test_a_taken_port_moves_the_whole_block() -> None:
    with leased(_NAMES) as first:
        base = first["page"]
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", base + 1))
        taken.listen()
        with leased(_NAMES) as moved:
            assert moved["page"] > base + 1


def test_a_base_that_is_taken_is_named_with_the_remedy() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"port {port} .* --port-base"), leased(_NAMES, port):
            pass


def test_a_port_nobody_listens_on_is_free() -> None:
    with leased(_NAMES, DEFAULT_BASE + 5000) as ports:
        assert all(is_free(port) for port in ports.values())


def test_a_lock_that_cannot_be_opened_moves_the_block(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / f"watchbill-{os.getuid()}-ports-{DEFAULT_BASE}.lock").symlink_to(tmp_path / "elsewhere")

    with leased(_NAMES) as ports:
        assert ports["page"] > DEFAULT_BASE
