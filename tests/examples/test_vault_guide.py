"""The Vault guide's two stacks: the server booted from its own text, and what is configured in it."""

from __future__ import annotations

from typing import Any

import pytest

from tests import rehearsing

STACKS = ("examples/vault-guide-server.yaml", "examples/vault-guide.yaml")


def rehearsed() -> tuple[dict[str, Any], ...]:
    """The results of both, in their order."""
    return rehearsing.rehearsed(*STACKS)


def cells(stack: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(c["principal"], c["secret"], c["verb"]) for c in stack["observed"] if c["answer"] == "yes"}


@pytest.mark.sandbox
def test_the_server_is_three_nodes_with_tls_and_audit() -> None:
    used = "\n".join(rehearsed()[0]["usage"])
    for part in ("3 voters", "refuse TLS 1.1 and plain HTTP", "audit file", "is refused now"):
        assert part in used


@pytest.mark.sandbox
def test_the_service_gets_every_kind_of_secret_and_nobody_else_does() -> None:
    granted = {c for c in cells(rehearsed()[1]) if c[0] != "deployer"}
    assert granted == {
        ("api-service", "api-service", "read"),
        ("api-service", "api-database", "read"),
        ("api-service", "api-certificate", "issue"),
        ("api-service", "customer-data", "encrypt"),
        ("api-service", "customer-data", "rewrap"),
        ("data-export", "customer-data", "decrypt"),
        ("guide-admin", "api-service", "read"),
        ("guide-admin", "api-service", "write"),
        ("report-host", "api-database", "read"),
        ("smoke-test", "api-service", "read"),
    }


@pytest.mark.sandbox
@pytest.mark.parametrize(
    "line",
    [
        "connection app: the admin's first password is refused since its rotation",
        "revoked, its session ended and the user is gone",
        "that verifies against pki",
        "api-service rewrapped it to version 2",
        "the agent of Deployment production/api-service wrote 5 files as declared",
        "pods of Deployment production/api-service run as api-service-sa",
    ],
)
def test_what_was_granted_is_used(line: str) -> None:
    assert line in "\n".join(rehearsed()[1]["usage"])
