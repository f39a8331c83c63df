"""What a stack says to a reference: its prefix, secret, key, version and options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from workload_secrets.declaration import Declaration, Secret
from workload_secrets.declaration.gateway import Gateway, GatewayVault
from workload_secrets.kong.finding import Problem
from workload_secrets.kong.reference import BadReference, Reference, parse

ENVIRONMENT: Final = "hcv"
"""The backend for HashiCorp Vault; as a prefix, the vault that Kong's environment configures."""
_BACKENDS: Final = frozenset({"env", "aws", "gcp", "azure", "azure-certs", "conjur", "konnect", "fs"})
"""Other names that kong.conf configures (app/_gateway_entities/vault.md and app/_data/kong-conf)."""
_SHOWN: Final = re.compile(r"[a-z_]{1,40}", re.ASCII)


@dataclass(frozen=True)
class Known:
    """One gateway of a stack. `foreign` are prefixes of vaults that aren't HashiCorp Vault."""

    declaration: Declaration
    name: str
    gateway: Gateway
    foreign: frozenset[str] = field(default=frozenset())

    def prefix(self, reference: Reference) -> str:
        """The prefix of the vault that a reference means."""
        meant = self.gateway.environment_vault if reference.prefix == ENVIRONMENT else None
        return meant or reference.prefix

    def plain(self, reference: Reference) -> str:
        """The reference without version and options, by the prefix of its vault."""
        return Reference(prefix=self.prefix(reference), path=reference.path, key=reference.key).text()

    @cached_property
    def declared(self) -> frozenset[str]:
        """The gateway's references in their plain form."""
        return frozenset(self.plain(found) for _, found in self.references())

    def references(self) -> Iterator[tuple[int, Reference]]:
        """The gateway's references, with their positions."""
        for position, declared in enumerate(self.gateway.references):
            try:
                yield position, parse(declared.text)
            except BadReference:
                continue

    def secret(self, vault: GatewayVault, path: str) -> tuple[str, Secret] | None:
        """The declared secret at a path of a vault's mount, and its name."""
        return next((found for found in self._secrets(vault) if found[1].path == path), None)

    def _secrets(self, vault: GatewayVault) -> Iterator[tuple[str, Secret]]:
        mount, namespace = vault.config.get("mount"), vault.config.get("namespace")
        for name, secret in self.declaration.secrets.items():
            here = (secret.backend, secret.mount) == ("vault", mount)
            if here and (namespace is None or secret.vault_namespace == namespace):
                yield name, secret

    def problems(self, reference: Reference) -> Iterator[Problem]:
        """What is wrong with a well-formed reference, but that it isn't declared."""
        vault = self.gateway.vaults.get(self.prefix(reference))
        if vault is None:
            yield self._no_vault(reference.prefix)
            return
        found = self.secret(vault, reference.path)
        if found is None:
            yield self._no_secret(vault, reference)
        else:
            yield from _key_problems(reference, *found)
        yield from self._pinned(reference, found[1] if found else None)
        yield from _options(reference, vault)

    def undeclared(self, reference: Reference) -> Iterator[Problem]:
        """Where the gateway's references lack one that a file uses."""
        if self.plain(reference) not in self.declared:
            yield Problem(
                "violation",
                "undeclared-reference",
                f"gateway {self.name} doesn't declare this reference, so no policy is made for it",
                f'add "{self.plain(reference)}" to its references',
            )

    def _no_vault(self, prefix: str) -> Problem:
        known = ", ".join(sorted(self.gateway.vaults)) or "none"
        if prefix in _BACKENDS | self.foreign:
            return Problem(
                "warning",
                "unknown-prefix",
                f"prefix {prefix} is no HashiCorp Vault: nothing here says what it gives",
                f"move the secret to a vault of gateway {self.name} ({known})",
            )
        return Problem(
            "violation",
            "unknown-prefix",
            f"prefix {prefix} is no vault of gateway {self.name}",
            f"write one of {known}, or "
            + ("set environmentVault" if prefix == ENVIRONMENT else "declare the vault"),
        )

    def _no_secret(self, vault: GatewayVault, reference: Reference) -> Problem:
        inner = reference.path.removeprefix("data/")
        if inner != reference.path and self.secret(vault, inner):
            remedy = f"write {inner}: Kong adds data/ for kv v2"
        else:
            remedy = self._dotted(vault, reference) or "correct the path, or declare the secret"
        mount = vault.config.get("mount", "")
        return Problem(
            "violation",
            "undeclared-secret",
            f"the stack declares no secret at {reference.path} of mount {mount}",
            remedy,
        )

    def _dotted(self, vault: GatewayVault, reference: Reference) -> str:
        """The remedy where a key that Vault holds with a dot was written as two segments."""
        whole = f"{reference.path}/{reference.key}"
        for _, secret in self._secrets(vault):
            key = whole.removeprefix(f"{secret.path}/").replace("/", ".")
            if whole.startswith(f"{secret.path}/") and key in {known.name for known in secret.keys}:
                return f"write {secret.path}/{key}: Vault holds the dotted name as one key"
        return ""

    def _pinned(self, reference: Reference, secret: Secret | None) -> Iterator[Problem]:
        if reference.version is None:
            return
        aged = secret is not None and any(key.max_age_days is not None for key in secret.keys)
        yield Problem(
            "violation" if aged or self.declaration.tier == "production" else "warning",
            "pinned-version",
            f"version {reference.version} is pinned: a rotated value is never taken up"
            + (", although a key of the secret has a greatest age" if aged else ""),
            "leave # and the number out",
        )


def _key_problems(reference: Reference, name: str, secret: Secret) -> Iterator[Problem]:
    keys = [key.name for key in secret.keys]
    listed = ", ".join(keys)
    if reference.key is None:
        yield Problem(
            "violation" if keys else "warning",
            "no-key",
            f"without a key Kong takes the whole secret {name} as JSON text",
            f"end it with one of the keys: {listed}" if keys else "end it with a key",
        )
    elif keys and reference.key not in keys:
        yield Problem(
            "violation",
            "undeclared-key",
            f"secret {name} declares no such key: the reference would stay unresolved",
            f"write one of {listed}, or declare the key",
        )


def _options(reference: Reference, vault: GatewayVault) -> Iterator[Problem]:
    """An option wins over the entity's field, so the login and the mount are no longer the stack's."""
    if not reference.options:
        return
    fields = vault.config.keys() | vault.given.keys()
    names = ", ".join(sorted(name for name in reference.options if _SHOWN.fullmatch(name))) or "one"
    yield Problem(
        "violation",
        "options",
        f"options win over fields of the vault entity ({names})"
        if reference.options.keys() & fields
        else f"options ({names}) are none of the stack's fields of the vault entity",
        "leave ? and the options out, and set fields of the vault instead",
    )
