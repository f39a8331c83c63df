"""The rule about where objects are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guardrails.kubernetes.pod_spec import DEFAULT, given_namespace, kind_of
from policies.guardrails.resource import UNKNOWN, NotEvaluable, Resource
from policies.guardrails.rule import AnyRule, Context, Rule, Violation

_RELEASE: Final = ("kubernetes:helm.sh/v3:Release", "kubernetes:helm.sh/v4:Chart")
_FORMS: Final = ("kubernetes:helm.sh/", "kubernetes:yaml", "kubernetes:kustomize", "kubernetes:index")
"""No objects, but what makes them: each object is a resource of its own."""
_WHOLE_CLUSTER: Final = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ComponentStatus",
        "CustomResourceDefinition",
        "DeviceClass",
        "FlowSchema",
        "IPAddress",
        "IngressClass",
        "KongLicense",
        "KongVault",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "SelfSubjectAccessReview",
        "SelfSubjectReview",
        "SelfSubjectRulesReview",
        "ServiceCIDR",
        "StorageClass",
        "StorageVersion",
        "StorageVersionMigration",
        "SubjectAccessReview",
        "TokenReview",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "VolumeAttributesClass",
    }
)
_BUILT_IN: Final = frozenset({"apps", "batch", "core", "autoscaling", "policy", "extensions"})
_KNOWN: Final = (
    ".k8s.io",
    "cert-manager.io",
    "configuration.konghq.com",
    "external-secrets.io",
    "privatecloud.mendix.com",
    "secrets.hashicorp.com",
)
"""Groups of which it is known which kinds lie in a namespace."""


def _somewhere(resource: Resource, context: Context) -> Iterator[Violation]:
    del context
    if resource.type in _RELEASE:
        yield from _judged(resource.text("namespace") or _provided(resource), ("namespace",), known=True)
        return
    kind = kind_of(resource)
    if not kind or resource.type.startswith(_FORMS) or _clusterwide(kind):
        return
    group = resource.type.removeprefix("kubernetes:").partition(":")[0].partition("/")[0]
    known = group in _BUILT_IN or group.endswith(_KNOWN)
    yield from _judged(given_namespace(resource), ("metadata", "namespace"), known=known)


def _clusterwide(kind: str) -> bool:
    """By its name too: Cluster is what such kinds of others begin with."""
    return kind in _WHOLE_CLUSTER or kind.startswith("Cluster") or kind.endswith("List")


def _provided(resource: Resource) -> str | None:
    value = resource.provider.get("namespace")
    if value is UNKNOWN:
        raise NotEvaluable(("provider", "namespace"))
    return value if isinstance(value, str) else None


def _judged(namespace: str | None, path: tuple[str, ...], *, known: bool) -> Iterator[Violation]:
    """A kind that nobody knows may well have no namespace: only `default` is wrong then."""
    if namespace == DEFAULT:
        yield Violation("it is made in the namespace `default`", path)
    elif not namespace and known:
        yield Violation("it names no namespace: it goes wherever the deployer's context points", path)


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="K8S-05",
        severity="medium",
        title="an object names its namespace, and it isn't default",
        why="Roles in AWS and Vault are bound to a namespace: an object that lands in another one has no"
        " rights, or those of others.",
        remedy="set metadata.namespace to the workload's own namespace",
        reference="https://www.cisecurity.org/benchmark/kubernetes (CIS EKS 4.5.2)",
        seed="kind: Deployment",
        types=("*",),
        check=_somewhere,
    ),
)
