"""Certificates of the sandbox hold for loopback under its own CA, and nothing else."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest

from workload_secrets.errors import ServerError
from workload_secrets.sandbox.certificates import Authority
from workload_secrets.sandbox.ports import free_ports
from workload_secrets.sandbox.rest import Rest


def handshake(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        thread = threading.Thread(target=_answer, args=(server, theirs))
        thread.start()
        try:
            with client.wrap_socket(ours, server_hostname=name):
                pass
        finally:
            ours.close()
            thread.join()


def _answer(server: ssl.SSLContext, theirs: socket.socket) -> None:
    try:
        with server.wrap_socket(theirs, server_side=True):
            pass
    except OSError:
        theirs.close()


@pytest.mark.parametrize(("name", "holds"), [("127.0.0.1", True), ("localhost", True), ("127.0.0.2", False)])
def test_a_server_certificate_is_for_loopback(tmp_path: Path, name: str, holds: bool) -> None:
    authority = Authority(tmp_path, "s")
    pair = authority.server("x")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pair.certificate, pair.key)
    client = ssl.create_default_context(cafile=str(authority.file))
    if holds:
        handshake(client, server, name)
    else:
        with pytest.raises(ssl.SSLCertVerificationError):
            handshake(client, server, name)
    assert pair.key.stat().st_mode & 0o777 == 0o600


def test_the_authoritys_key_is_on_no_disk(tmp_path: Path) -> None:
    Authority(tmp_path, "s")
    assert [file.name for file in tmp_path.iterdir()] == ["ca.pem"]


def test_ports_are_distinct_and_free() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    for port in ports:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("address", ["https://vault.example:8200", "https://127.0.0.1", "https://10.0.0.1:1"])
def test_no_server_but_the_sandboxs_own_is_called(tmp_path: Path, address: str) -> None:
    with pytest.raises(ServerError, match=r"only calls servers on 127\.0\.0\.1"):
        Rest(address, Authority(tmp_path, "s").file, {})
