"""What the deployer may do with the engines of one stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from components.config.stack import StackConfig
from components.documents.engines import audit, database, pki, transit

Paths = dict[str, tuple[str, ...]]
_Kind = Callable[[StackConfig], Paths]
_KINDS: Final[tuple[_Kind, ...]] = (
    audit.deployer_paths,
    database.deployer_paths,
    pki.deployer_paths,
    transit.deployer_paths,
)


def engine_paths(config: StackConfig) -> Paths:
    """Vault paths and their capabilities, for every engine that the stack uses."""
    paths: Paths = {}
    for kind in _KINDS:
        paths |= kind(config)
    return paths
