"""What a reader of a preview should know beside the table.

A rule takes a graph and its declaration and gives notices. `RULES` is where further ones
join; a notice of level `violation` makes `preview` end with exit code 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from workload_secrets.access import gateway_notices, mendix_notices
from workload_secrets.access.notice import Notice, Rule
from workload_secrets.declaration import Declaration
from workload_secrets.graph.model import Graph

__all__ = ["Notice", "Rule", "notices"]

_CLASS: Final = "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass"
_CONNECTION: Final = "kubernetes:secrets.hashicorp.com/v1beta1:VaultConnection"
_TLS_SECRET: Final = "vault.hashicorp.com/tls-secret"  # noqa: S105 an annotation
_OLD_VALUES: Final[Mapping[str, str]] = {
    "csi": "files change in running pods only where the driver's rotation is on, and nothing is restarted",
    "eso": "the External Secrets Operator restarts nothing when a value changes",
}
"""By way, what happens in a pod that runs while a value is rotated."""


def notices(graph: Graph, declaration: Declaration) -> tuple[Notice, ...]:
    """Everything every rule has to say, in the order of `RULES`."""
    return tuple(notice for rule in RULES for notice in rule(graph, declaration))


def reviewer(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """How long the reviewer's token lives, where it is handed over out of band."""
    vault = declaration.facts.vault
    if vault is None:
        return
    if vault.reviewer == "dedicated":
        hours = vault.reviewer_token_cap_hours
        life = f"{hours} hours on this kind of cluster, whatever is asked for" if hours else "limited"
        yield Notice(
            "warning",
            f"Vault's reviewer token is handed over out of band and its life is {life}: "
            "renew it before it ends, or every login fails",
        )
    if vault.reviewer == "client":
        yield Notice(
            "warning",
            "every workload that logs in to Vault is bound to system:auth-delegator, "
            "since its own token asks for the TokenReview",
        )
    if vault.reviewer == "jwt":
        yield Notice(
            "note",
            "Vault checks tokens by the cluster's public keys alone: the token of a deleted "
            "ServiceAccount stays good until it expires",
        )


def default_accounts(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """What `default` reads, other pods read too."""
    for name, principal in sorted(declaration.principals.items()):
        if principal.runs_as_default and principal.grants:
            secrets = ", ".join(sorted({grant.secret for grant in principal.grants}))
            yield Notice(
                "warning",
                f"{name}: its account is default, so every pod of namespace {principal.namespace} that "
                f"names no account has its rights on {secrets}: let nothing else run there, or give it an "
                "account of its own",
            )


def owners(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """What the answers take for granted of things that belong to others."""
    trusted = {
        "authMount": "is configured for this cluster",
        "kmsKey": "has a policy that lets the account's IAM policies decide, as AWS's default does",
        "permissionsBoundary": "permits what the roles are granted",
    }
    for item in declaration.prerequisites:
        if item.kind in trusted:
            what = (
                f"is configured for {item.url}"
                if item.kind == "authMount" and item.url
                else trusted[item.kind]
            )
            yield Notice(
                "note",
                f"taken for granted: the existing {item.kind} {item.arn or item.name} {what}; "
                "`prove` shows it",
            )


def outsiders(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """What identities that are no pods rest on, beside their role in Vault."""
    rests = {
        "jwt": "log in by a token that is good until it expires, also when the job has ended",
        "approle": (
            "log in by a secret id: whoever has the courier's rights can get one and log in as them, and "
            "whoever knows a role id can lock the machine out for a while by wrong secret ids"
        ),
        "cert": "log in by a certificate that is good until it ends, unless the mount is given a CRL",
        "token": "have no login: whoever sees the token is them, until it ends; for development only",
    }
    for method, text in rests.items():
        names = [n for n, p in declaration.principals.items() if p.identity and p.identity.method == method]
        if names:
            yield Notice("note", f"{', '.join(sorted(names))}: {text}")


def rotation(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """Whoever rotates a secret sees its value, so the function is named."""
    keys = [item.arn for item in declaration.prerequisites if item.kind == "kmsKey"]
    given = f"; the owner of {keys[0]} must let that role use the key" if keys else ""
    for name, secret in sorted(declaration.secrets.items()):
        if secret.rotation is not None:
            yield Notice(
                "note",
                f"{secret.rotation.function_arn} rotates {name}: it reads and writes the value as "
                f"{secret.rotation.role_arn}; the function and that role belong to their owner{given}",
            )


def copies(graph: Graph, declaration: Declaration) -> Iterator[Notice]:
    """Values that end up in etcd."""
    found = [name for way in ("eso", "vso") for name in _delivered_by(declaration, way)]
    found += [r.name for r in graph.of(_CLASS) if r.inputs["spec"].get("secretObjects")]
    if found:
        yield Notice(
            "warning",
            f"{', '.join(found)}: values are copied into Kubernetes Secrets, so they stand in etcd, and "
            "everybody who may read Secrets there has them: encrypt etcd and narrow that right, or use "
            "delivery: csi or agent",
        )


def stores(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """A right of the deployer that reaches further than the stack."""
    existing = {item.name for item in declaration.prerequisites if item.kind == "namespace"}
    principals = declaration.principals
    found = [
        name
        for way in ("eso", "vso")
        for name in _delivered_by(declaration, way)
        if principals[name].namespace not in existing
    ]
    if found:
        yield Notice(
            "warning",
            f"{', '.join(found)}: the namespace is made by this stack, so the deployer may make such objects "
            "in every namespace, and through the operator get the token of any account: make the namespace "
            "beforehand and write manage: existing",
        )


def restarts(_: Graph, declaration: Declaration) -> Iterator[Notice]:
    """Who goes on with an old value after a rotation."""
    for way, what in _OLD_VALUES.items():
        names = _delivered_by(declaration, way)
        if names:
            yield Notice(
                "note",
                f"{', '.join(names)}: {what}: let the app read anew, restart it yourself, or use delivery: "
                "vso or agent",
            )


def authorities(graph: Graph, declaration: Declaration) -> Iterator[Notice]:
    """Vault's own CA is declared, but not where an operator finds it."""
    endpoint = declaration.endpoints.vault
    for resource in (*graph.of(_CLASS), *graph.of(_CONNECTION)):
        spec = cast("Mapping[str, Any]", resource.inputs["spec"])
        given = {"caCertPath", "caCertSecretRef", "vaultCACertPath"} & {*spec, *spec.get("parameters", ())}
        if endpoint and endpoint.ca_file and spec.get("provider") != "aws" and not given:
            key = "csi.vaultCaPath" if "parameters" in spec else "vso.caPath or vso.caSecret"
            yield Notice(
                "note",
                f"{resource.inputs['kind']} {resource.name} names no CA: its operator must trust Vault's by "
                f"its own setting, or every read fails; or name it in facts.cluster.{key}",
                resource.source,
            )


def pod_templates(graph: Graph, declaration: Declaration) -> Iterator[Notice]:
    """What the owner of a pod template has still to do, and what an agent takes for granted."""
    if declaration.vault_server is not None:
        return  # a server's stack has no workloads
    outputs = cast("Mapping[str, Mapping[str, Any]]", graph.platform_output("delivery"))
    endpoint = declaration.endpoints.vault
    private = bool(endpoint and endpoint.ca_file)
    for name, entry in sorted(outputs.items()):
        if "note" in entry:
            yield Notice("note", f"{name}: {entry['note']}; the output delivery has it")
        template = entry["podTemplate"]
        if entry["way"] == "agent" and private and _TLS_SECRET not in template["metadata"]["annotations"]:
            yield Notice(
                "note",
                f"{name}: its agent has no agent.tlsSecret with Vault's CA, so the injector must bring it "
                "(AGENT_INJECT_VAULT_CACERT_BYTES), or every agent fails",
            )
        if entry["way"] == "direct" and template["spec"].get("volumes"):
            yield Notice(
                "note",
                f"{name}: its containers must mount the volume workload-secrets-token themselves: the token "
                "that Kubernetes mounts has another audience than the role",
            )


def _delivered_by(declaration: Declaration, way: str) -> list[str]:
    return [n for n, p in sorted(declaration.principals.items()) if p.delivery and p.delivery.way == way]


RULES: Final[tuple[Rule, ...]] = (
    reviewer,
    default_accounts,
    *mendix_notices.RULES,
    rotation,
    owners,
    outsiders,
    copies,
    restarts,
    authorities,
    pod_templates,
    *gateway_notices.RULES,
)
