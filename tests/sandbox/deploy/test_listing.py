"""What a listing sees, and that looking leaves the servers as they are."""

from __future__ import annotations

import pytest

from workload_secrets.sandbox.deploy import admin, listing
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.openbao import ADMIN

pytestmark = pytest.mark.sandbox

POLICY = f"/v1/sys/policies/acl/{ADMIN}"


def test_mounts_at_paths_of_several_parts_are_listed_with_what_they_hold(sandbox: Sandbox) -> None:
    server = admin.vault(sandbox, "dev")
    assert server is not None
    server.send("POST", "/v1/sys/auth/listed/approle", {"type": "approle"})
    server.send("POST", "/v1/sys/auth/listed/jwt", {"type": "jwt"})
    server.send("POST", "/v1/sys/mounts/listed/keys", {"type": "transit"})
    server.send("POST", "/v1/sys/mounts/listed/apps", {"type": "kv", "options": {"version": "2"}})
    server.send("POST", "/v1/auth/listed/approle/role/workload-secrets-intruder", {"token_ttl": 60})
    before = server.send("GET", POLICY).body["data"]["policy"]
    found = listing(sandbox, "dev")
    assert {
        "vault/sys/auth/listed/approle/",
        "vault/sys/auth/listed/jwt/",
        "vault/sys/mounts/listed/keys/",
        "vault/listed/apps/config",
        "vault/auth/listed/approle/role/workload-secrets-intruder",
    } <= found.keys()
    assert server.send("GET", POLICY).body["data"]["policy"] == before


def test_looking_takes_no_right_away(sandbox: Sandbox) -> None:
    """A path that is named exactly would count more than the administrator's own, more general one."""
    server = admin.vault(sandbox, "dev")
    assert server is not None
    server.send("POST", "/v1/sys/auth/looked-at", {"type": "approle"})
    listing(sandbox, "dev")
    server.send("POST", "/v1/auth/looked-at/role/workload-secrets-intruder", {"token_ttl": 60})
