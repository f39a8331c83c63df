"""A declared gateway and decK files for tests of the linter."""

from __future__ import annotations

from typing import Any

import yaml

from workload_secrets.declaration import Declaration
from workload_secrets.kong import deckfile
from workload_secrets.kong.finding import Finding
from workload_secrets.kong.lint import Place, lint

NAME = "{vault://hcv-edge/customer/acme/name}"
PASSWORD = "{vault://hcv-edge/edge/redis/password}"
CANARY = "canary-7f3a91c2"
VAULT: dict[str, Any] = {
    "host": "vault.example",
    "port": 8200,
    "protocol": "https",
    "mount": "apps",
    "kv": "v2",
    "ssl_verify": True,
    "auth_method": "cert",
}


def declaration(*references: str, **gateway: Any) -> Declaration:
    """A gateway `edge` with one vault, and three secrets of its mount."""
    keys = {"acme": ["name", "Plan.Tier"], "redis": ["username", "password"], "loose": []}
    paths = {"acme": "customer/acme", "redis": "edge/redis", "loose": "edge/loose"}
    made = {
        "workload": "kong-dp",
        "version": "3.14",
        "vaults": {
            "hcv-edge": {
                "principal": "kong-dp",
                "config": VAULT,
                "given": {"cert_auth_cert_key": {"what": "the key of the certificate", "secret": True}},
            }
        },
        "references": [{"text": text, "vault": "hcv-edge", "secret": ""} for text in references],
        **gateway,
    }
    return Declaration.read(
        {
            "environment": "dev",
            "tier": "development",
            "facts": {"cluster": {"name": "c", "flavour": "generic", "oidcIssuer": "i", "apiAudience": "a"}},
            "endpoints": {"cluster": {"apiServer": "https://c.example", "caFile": "ca.pem"}},
            "principals": {},
            "secrets": {
                name: {
                    "backend": "vault",
                    "mount": "apps",
                    "path": path,
                    "keys": [
                        {"name": key, **({"maxAgeDays": 90} if key == "password" else {})}
                        for key in keys[name]
                    ],
                }
                for name, path in paths.items()
            },
            "gateways": {"edge": made},
        }
    )


def linted(text: str | bytes, *references: str, declared: Declaration | None = None) -> tuple[Finding, ...]:
    """Findings of a decK file, given as text, for a gateway that declares these references."""
    data = text if isinstance(text, bytes) else text.encode()
    of = declared or declaration(*references)
    return lint(of, "edge", Place("stack.yaml", (11, 12, 13)), [deckfile.parse(data, "kong.yaml")])


def deck(**entities: Any) -> str:
    """A decK file."""
    return yaml.safe_dump({"_format_version": "3.0", **entities})


def plugin(name: str, **config: Any) -> str:
    """A decK file with one plugin."""
    return deck(plugins=[{"name": name, "config": config}])


def kinds(found: tuple[Finding, ...]) -> list[tuple[str, str]]:
    """Level and kind of each finding, but notes."""
    return [(f.problem.level, f.problem.kind) for f in found if f.problem.level != "note"]
