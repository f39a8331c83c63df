"""A context for what a courier hands over: a courier, a deployer, and an administrator's client."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from workload_secrets.access.usage.context import UsageContext
from workload_secrets.declaration import Principal


def context(
    folder: Path, principals: Mapping[str, Principal], http: Any, *, courier: bool = True
) -> UsageContext:
    """The tokens are the words `courier` and `deployer`, in files of `folder`. `http` is the
    administrator's client."""
    for name in ("courier", "deployer"):
        (folder / name).write_text(name)
    access = SimpleNamespace(
        courier_token_file=folder / "courier" if courier else None,
        vault_token_file=folder / "deployer",
    )
    made = SimpleNamespace(
        stack="s",
        declaration=SimpleNamespace(principals=principals),
        sandbox=SimpleNamespace(stacks={"s": access}),
        admin=SimpleNamespace(http=http),
    )
    return cast("UsageContext", made)


def wrapping(headers: Mapping[str, str] | None) -> int | None:
    """For how many seconds a request wants its answer wrapped."""
    ttl = (headers or {}).get("X-Vault-Wrap-TTL")
    return int(ttl.rstrip("s")) if ttl else None
