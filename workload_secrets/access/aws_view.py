"""The AWS half of a graph: roles, trusts, policies, secrets, keys and who is bound to what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from workload_secrets.access.documents import Document, document, known, text, texts
from workload_secrets.declaration import Declaration
from workload_secrets.graph.model import Graph, Resource

_Key: TypeAlias = tuple[str | None, Document | None, Mapping[str, str]]
ROLE_ANNOTATION = "eks.amazonaws.com/role-arn"


@dataclass(frozen=True)
class AwsRole:
    """`policies` are its identity policies. `opaque` names attached policies that the graph
    doesn't hold, so that nobody can say what they grant. `limit` names a boundary that it
    doesn't hold either and that isn't declared: it may take away, and never grants."""

    name: str
    arn: str
    trust: Document
    policies: tuple[Document, ...]
    boundary: Document | None
    opaque: tuple[str, ...]
    source: str
    limit: str | None = None


@dataclass(frozen=True)
class AwsSecretView:
    """`key_arn` is None where the account's default key is used, which needs no grant."""

    arn: str
    policy: Document | None
    key_arn: str | None
    key_policy: Document | None
    key_tags: Mapping[str, str]
    source: str


@dataclass(frozen=True)
class AwsView:
    """`secrets` by name in the stack file; `bound_arn` and `associated_arn` by (namespace,
    ServiceAccount): the role of the annotation and of the pod identity association."""

    roles: Mapping[str, AwsRole]
    secrets: Mapping[str, AwsSecretView]
    bound_arn: Mapping[tuple[str, str], str]
    associated_arn: Mapping[tuple[str, str], str]
    audiences: Mapping[str, frozenset[str]]
    sources: Mapping[tuple[str, str], str]


def aws_view(graph: Graph, declaration: Declaration) -> AwsView:
    """Collects everything; raises ValueError where a document isn't JSON."""
    bound, sources = _annotations(graph)
    return AwsView(
        roles={role.arn: role for role in _roles(graph, _boundaries(declaration))},
        secrets=_secrets(graph, declaration),
        bound_arn=bound,
        associated_arn={
            (text(r.inputs.get("namespace")), text(r.inputs.get("serviceAccount"))): text(
                r.inputs.get("roleArn")
            )
            for r in graph.of("aws:eks/podIdentityAssociation:PodIdentityAssociation")
        },
        audiences=_audiences(graph, declaration),
        sources=sources,
    )


def _boundaries(declaration: Declaration) -> frozenset[str]:
    """The declared boundaries: their owners are trusted to permit what the stack declares,
    and a login shows it."""
    found = (p.arn for p in declaration.prerequisites if p.kind == "permissionsBoundary")
    return frozenset(arn for arn in found if arn)


def _roles(graph: Graph, boundaries: frozenset[str]) -> list[AwsRole]:
    inline: dict[str, list[Document]] = defaultdict(list)
    for r in graph.of("aws:iam/rolePolicy:RolePolicy"):
        inline[text(r.inputs.get("role"))].append(document(r.inputs.get("policy")))
    managed = {
        text(r.outputs.get("arn")): document(r.inputs.get("policy"))
        for r in graph.of("aws:iam/policy:Policy")
    }
    attached: dict[str, list[str]] = defaultdict(list)
    for r in graph.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment"):
        attached[text(r.inputs.get("role"))].append(text(r.inputs.get("policyArn")))
    return [_role(r, inline, managed, attached, boundaries) for r in graph.of("aws:iam/role:Role")]


def _role(
    resource: Resource,
    inline: Mapping[str, list[Document]],
    managed: Mapping[str, Document],
    attached: Mapping[str, list[str]],
    boundaries: frozenset[str],
) -> AwsRole:
    name = text(known(resource, "name"))
    own = cast("list[Mapping[str, Any]]", resource.inputs.get("inlinePolicies") or [])
    arns = (*attached.get(name, ()), *texts(resource.inputs.get("managedPolicyArns")))
    boundary = text(resource.inputs.get("permissionsBoundary"))
    return AwsRole(
        name=name,
        arn=text(resource.outputs.get("arn")),
        trust=document(resource.inputs.get("assumeRolePolicy")),
        policies=(
            *inline.get(name, ()),
            *(document(entry.get("policy")) for entry in own),
            *(managed[arn] for arn in arns if arn in managed),
        ),
        boundary=managed.get(boundary) if boundary else None,
        opaque=tuple(arn for arn in arns if arn and arn not in managed),
        source=resource.source,
        limit=boundary if boundary and boundary not in managed and boundary not in boundaries else None,
    )


def _secrets(graph: Graph, declaration: Declaration) -> dict[str, AwsSecretView]:
    policies = {
        text(r.inputs.get("secretArn")): document(r.inputs.get("policy"))
        for r in graph.of("aws:secretsmanager/secretPolicy:SecretPolicy")
    }
    keys = {**_given_keys(declaration), **_keys(graph)}
    names = {s.name: name for name, s in declaration.secrets.items() if s.backend == "aws"}
    found: dict[str, AwsSecretView] = {}
    for r in graph.of("aws:secretsmanager/secret:Secret"):
        name = names.get(text(r.inputs.get("name")))
        if name is None:
            continue
        arn, key = text(r.outputs.get("arn")), text(r.inputs.get("kmsKeyId"))
        policy = policies.get(arn) or document(r.inputs.get("policy")) or None
        default: _Key = (key or None, None, {})
        key_arn, key_policy, tags = keys.get(key, default)
        found[name] = AwsSecretView(arn, policy, key_arn, key_policy, tags, r.source)
    return found


def _given_keys(declaration: Declaration) -> dict[str, _Key]:
    """Existing keys: their owners are trusted to let the account's IAM policies decide, as
    AWS's own default does; a login shows it.
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"""
    found: dict[str, _Key] = {}
    for arn in (p.arn for p in declaration.prerequisites if p.kind == "kmsKey" and p.arn):
        _, partition, _, _, account, _ = arn.split(":", 5)
        root = f"arn:{partition}:iam::{account}:root"
        allow = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
        found[arn] = (arn, {"Version": "2012-10-17", "Statement": [allow]}, {})
    return found


def _keys(graph: Graph) -> dict[str, _Key]:
    """ARN, policy and tags by ARN and by id, since a secret may name its key either way."""
    own = {
        text(r.inputs.get("keyId")): document(r.inputs.get("policy"))
        for r in graph.of("aws:kms/keyPolicy:KeyPolicy")
    }
    found: dict[str, _Key] = {}
    for r in graph.of("aws:kms/key:Key"):
        arn, key_id = text(r.outputs.get("arn")), text(r.outputs.get("keyId"))
        policy = own.get(key_id) or own.get(arn) or document(r.inputs.get("policy")) or None
        for name in filter(None, (arn, key_id)):
            found[name] = (arn, policy, cast("Mapping[str, str]", r.inputs.get("tags") or {}))
    return found


def _annotations(graph: Graph) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    bound: dict[tuple[str, str], str] = {}
    sources: dict[tuple[str, str], str] = {}
    types = ("kubernetes:core/v1:ServiceAccount", "kubernetes:core/v1:ServiceAccountPatch")
    for r in (r for type_ in types for r in graph.of(type_)):
        metadata = cast("Mapping[str, Any]", r.inputs.get("metadata") or {})
        place = (text(metadata.get("namespace")), text(metadata.get("name")))
        sources[place] = r.source
        annotations = cast("Mapping[str, Any]", metadata.get("annotations") or {})
        if ROLE_ANNOTATION in annotations:
            bound[place] = text(annotations[ROLE_ANNOTATION])
    return bound, sources


def _audiences(graph: Graph, declaration: Declaration) -> dict[str, frozenset[str]]:
    """The audiences each OIDC provider of the account admits, by issuer."""
    found: dict[str, frozenset[str]] = {}
    for r in graph.of("aws:iam/openIdConnectProvider:OpenIdConnectProvider"):
        found[_issuer(text(r.inputs.get("url")))] = frozenset(texts(r.inputs.get("clientIdLists")))
    for p in declaration.prerequisites:
        if p.kind == "oidcProvider" and p.url:
            issuer = _issuer(p.url)
            found[issuer] = found.get(issuer, frozenset()) | ({p.audience} if p.audience else set())
    return found


def _issuer(url: str) -> str:
    return url if url.startswith("https://") else f"https://{url}"
