"""The rule that a missing secret stops a pod, at the agent and at the injector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guardrails.agent_pods import PREFIX, SECRET, agent
from policies.guardrails.kubernetes.pod_spec import WORKLOADS
from policies.guardrails.resource import Resource
from policies.guardrails.rule import AnyRule, Context, Rule, Violation

DOCS: Final = "https://developer.hashicorp.com/vault/docs/deploy/kubernetes/injector/annotations"
RELEASES: Final = ("kubernetes:helm.sh/v3:Release", "kubernetes:helm.sh/v4:Chart")
WEBHOOKS: Final = tuple(
    f"kubernetes:admissionregistration.k8s.io/{version}:MutatingWebhookConfiguration{patch}"
    for version in ("v1", "v1beta1")
    for patch in ("", "Patch")
)


def _fails(resource: Resource, context: Context) -> Iterator[Violation]:
    del context
    if resource.type in RELEASES:
        yield from _chart(resource)
    elif resource.type in WEBHOOKS:
        yield from _webhooks(resource)
    else:
        found = agent(resource)
        for label in found.labels(SECRET) if found else ():
            name = f"error-on-missing-key-{label}"
            if found and not found.on(name):
                yield Violation("a missing key gives an empty value instead of an error", found.path(name))


def is_server_chart(release: Resource) -> bool:
    """Whether a chart is Vault's or OpenBao's: a name, a path or an address that ends so."""
    chart = (release.text("chart") or "").rstrip("/").rpartition("/")[2]
    return chart.partition(":")[0] in {"vault", "openbao"}


def _chart(release: Resource) -> Iterator[Violation]:
    if not is_server_chart(release):
        return
    if str(release.get("values", "injector", "enabled")).lower() == "false":
        return
    path = ("values", "injector", "webhook", "failurePolicy")
    policy = release.text(*path) or release.text("values", "injector", "failurePolicy")
    if policy != "Fail":
        yield Violation(
            "while the injector is away, pods start without their secrets (the chart's own is Ignore)", path
        )


def _webhooks(resource: Resource) -> Iterator[Violation]:
    for index, _ in enumerate(resource.items("webhooks")):
        path = ("webhooks", index)
        resource.object(*path)
        name = resource.text(*path, "name") or ""
        policy = resource.text(*path, "failurePolicy") or "Fail"  # of admissionregistration v1
        if name.startswith(PREFIX.rstrip("/")) and policy != "Fail":
            yield Violation(
                "while the injector is away, pods start without their secrets", (*path, "failurePolicy")
            )


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="AGT-03",
        severity="high",
        title="a missing secret stops a pod",
        why="A key that is missing gives an empty password, and an injector that is away gives pods"
        " without any: both look like a healthy start.",
        remedy="set error-on-missing-key-LABEL for each secret, and the webhook's failurePolicy to Fail",
        reference=DOCS,
        seed='vault.hashicorp.com/agent-inject-secret-config: "secret/data/production/api-service"',
        types=(*WORKLOADS, *RELEASES, *WEBHOOKS),
        check=_fails,
    ),
)
