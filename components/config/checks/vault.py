"""Vault and OpenBao: version, reviewer, audiences, and names that must not collide."""

from __future__ import annotations

from collections.abc import Iterator

from components import flavours
from components.config import products, resolve
from components.config.checks.principals import keyed
from components.config.facts import VaultFacts
from components.config.problem import Problem, shown
from components.config.resolve import Principal
from components.config.stack import StackConfig


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of a stack that has Vault secrets; nothing where it has none."""
    secrets, vault = resolve.vault_secrets(config), config.facts.vault
    if secrets:
        for part, present in (("facts", vault), ("endpoints", config.endpoints.vault)):
            if present is None:
                yield Problem(
                    key=f"{part}.vault",
                    got="nothing",
                    allowed="how Vault is, since the stack has Vault secrets",
                    remedy=f"add {part}.vault, or take away {', '.join(sorted(secrets)[:5])}",
                )
    if vault is None:
        return
    yield from _version(vault)
    yield from _reviewer(config, vault)
    yield from _mounts(config, vault)
    users = [(key, principal) for key, principal in keyed(config) if resolve.uses_vault(config, principal)]
    for key, principal in users:
        if principal.is_pod:
            yield from _audience(config, vault, key, principal)
        yield from _mendix(vault, key, principal)
    yield from _roles(users)


def _version(vault: VaultFacts) -> Iterator[Problem]:
    if not products.supported(vault):
        oldest = ".".join(str(part) for part in products.OLDEST[vault.product])
        yield Problem(
            key="facts.vault.version",
            got=shown(vault.version),
            allowed=f"{vault.product} {oldest} or newer",
            remedy="upgrade the server",
        )
    elif vault.namespace and not products.can(vault, "namespaces"):
        yield Problem(
            key="facts.vault.namespace",
            got=shown(vault.namespace),
            allowed=f"no namespace: {vault.product} {vault.version} has none",
            remedy=f"remove the key; {products.CAPABILITIES['namespaces'].note}",
        )


def _reviewer(config: StackConfig, vault: VaultFacts) -> Iterator[Problem]:
    account = vault.reviewer_service_account
    needs = vault.reviewer in ("dedicated", "in-cluster")
    if needs != (account is not None):
        yield Problem(
            key="facts.vault.reviewerServiceAccount",
            got="nothing" if account is None else shown(account),
            allowed="NAMESPACE/NAME of the reviewing account, for reviewer dedicated and in-cluster",
            remedy="add the key" if needs else f"remove the key: {vault.reviewer} has no such account",
        )
    if vault.public_key_files and vault.reviewer != "jwt":
        yield Problem(
            key="facts.vault.publicKeyFiles",
            got=f"{len(vault.public_key_files)} files",
            allowed="public keys with reviewer: jwt only",
            remedy="remove the key: a reviewing Vault asks the cluster",
        )
    private = flavours.private_issuer(config.facts.cluster)
    if vault.reviewer == "jwt" and private and not vault.public_key_files:
        yield Problem(
            key="facts.vault.publicKeyFiles",
            got="nothing",
            allowed="the cluster's public keys: Vault can't reach a private issuer to discover them",
            remedy="write publicKeyFiles, or use reviewer: dedicated",
        )


def _mounts(config: StackConfig, vault: VaultFacts) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for path, key in sorted(_mounted(config)):
        segments = path.split("/")
        above = ["/".join(segments[:count]) for count in range(1, len(segments) + 1)]
        for other in (place for place in above if place in seen):
            yield Problem(
                key=f"{key}.mount",
                got=shown(path),
                allowed="a path that isn't, and isn't below, another mount",
                remedy=f"{seen[other]} is at {other}; choose another path",
            )
        seen.setdefault(path, key)
    if config.shared.vault_namespace.manage == "create" and not vault.namespace:
        yield Problem(
            key="facts.vault.namespace",
            got="nothing",
            allowed="the namespace that shared.vaultNamespace wants created",
            remedy="name it, or remove shared.vaultNamespace",
        )


def _mounted(config: StackConfig) -> Iterator[tuple[str, str]]:
    """Path and key of every declared mount. Connections to databases may share one."""
    shared = config.shared
    yield from ((mount.mount, f"shared.kvMounts.{name}") for name, mount in shared.kv_mounts.items())
    yield from ((mount.mount, f"shared.pkiMounts.{name}") for name, mount in shared.pki_mounts.items())
    yield from (
        (mount.mount, f"shared.transitMounts.{name}") for name, mount in shared.transit_mounts.items()
    )
    connected: dict[str, str] = {}
    for name, database in shared.databases.items():
        connected.setdefault(database.mount, f"shared.databases.{name}")
    yield from connected.items()


def _audience(config: StackConfig, vault: VaultFacts, key: str, principal: Principal) -> Iterator[Problem]:
    own = flavours.api_audience(config.facts.cluster)
    wanted = principal.vault_audience
    reason = None
    if own is None:
        return
    if wanted == principal.identity.aws_audience:
        reason = "another audience than awsAudience: a token made for AWS would log in to Vault"
    elif wanted == own:
        return
    elif vault.reviewer == "client":
        reason = f"{own}: with reviewer client the token also has to be valid at the API server"
    elif principal.mendix:
        reason = f"{own}: the Mendix platform can't choose the audience of its token"
    if reason:
        yield Problem(
            key=f"{key}.vaultAudience",
            got=shown(wanted),
            allowed=reason,
            remedy="remove the key, so that the cluster's own audience is used"
            if wanted != own
            else "give awsAudience another value than facts.cluster.apiAudience",
        )


def _mendix(vault: VaultFacts, key: str, principal: Principal) -> Iterator[Problem]:
    if principal.mendix and vault.namespace:
        yield Problem(
            key=f"{key}.reads",
            got=f"a secret in the Vault namespace {shown(vault.namespace)}",
            allowed="secrets outside Vault namespaces: the Mendix platform has no field for one",
            remedy="keep the platform's secrets in a stack without facts.vault.namespace, or in AWS",
        )


def _roles(users: list[tuple[str, Principal]]) -> Iterator[Problem]:
    seen: dict[tuple[str | None, str], str] = {}
    for key, principal in users:
        role = principal.vault_role
        place = (principal.outside.auth_mount if principal.outside else None, role)
        if place in seen:
            yield Problem(
                key=f"{key}.vaultRole",
                got=shown(role),
                allowed="a role that no other principal has on this auth mount",
                remedy=f"{seen[place]} has it; give one of them another vaultRole",
            )
        seen.setdefault(place, key)
