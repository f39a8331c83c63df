"""What a change may not do to a stack's Kong gateways: take a vault away under its references.

Kong resolves a reference when it needs the value, so a vault that goes first fails requests. A
prefix can't be changed in place either: references begin with it, and a KongVault's is immutable
(configuration.konghq.com_kongvaults.yaml of Kong/kubernetes-configuration).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from workload_secrets.declaration import Declaration
from workload_secrets.declaration.gateway import Gateway, GatewayReference
from workload_secrets.kong.reference import parse

_ENVIRONMENT: Final = "hcv"
"""The prefix of references that mean the vault of Kong's environment."""


def refused(old: Declaration, new: Declaration) -> Iterator[str]:
    """Sentences, one for each vault that goes while the base's references name it."""
    for name, gateway in sorted(old.gateways.items()):
        after = new.gateways.get(name)
        for prefix in sorted(gateway.vaults):
            named = [item for item in gateway.references if item.vault == prefix]
            if named and (after is None or prefix not in after.vaults):
                yield _goes(f"gateways.{name}.vaults.{prefix}", named)
        yield from _environment(name, gateway, after)


def _environment(name: str, old: Gateway, new: Gateway | None) -> Iterator[str]:
    """The vault of references with hcv; where it goes altogether, that is said already."""
    prefix = old.environment_vault
    named = [item for item in old.references if parse(item.text).prefix == _ENVIRONMENT]
    if new is not None and named and prefix in new.vaults and new.environment_vault != prefix:
        yield _goes(f"gateways.{name}.environmentVault", named)


def _goes(key: str, named: Sequence[GatewayReference]) -> str:
    more = f" and {len(named) - 1} more" if len(named) > 1 else ""
    return (
        f"{key} goes or gets another name while the base's references still name it ({named[0].text}{more}): "
        "remove them first, from references and from Kong's own configuration, and the vault in a later "
        "change; for another name declare a second vault and move the references to it before that"
    )
