"""Pods that ask for a Vault agent, as rules read them.

Annotations and their defaults: hashicorp/vault-k8s agent-inject/agent/annotations.go. The
injector reads them on pods alone, so on the pod template, and takes texts only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from policies.guardrails.kubernetes.pod_spec import Pod, pod
from policies.guardrails.resource import Path, Resource
from policies.guardrails.vault.types import is_on

PREFIX: Final = "vault.hashicorp.com/"
SECRET: Final = "agent-inject-secret-"  # noqa: S105 a name


@dataclass(frozen=True)
class Agent:
    """A pod that asks for an agent. Names are without the prefix."""

    pod: Pod

    def path(self, name: str) -> Path:
        """Where an annotation stands."""
        return (*self.pod.annotations, f"{PREFIX}{name}")

    def text(self, name: str) -> str | None:
        """An annotation. Raises Unreadable for what is no text: the API server takes no other."""
        return self.pod.resource.text(*self.path(name))

    def on(self, name: str) -> bool:
        """Whether an annotation switches something on."""
        return is_on(self.text(name) or "")

    def labels(self, start: str) -> tuple[str, ...]:
        """What follows in the names that start so."""
        whole = f"{PREFIX}{start}"
        given = self.pod.resource.object(*self.pod.annotations)
        return tuple(sorted(key.removeprefix(whole) for key in given if key.startswith(whole)))


def agent(resource: Resource) -> Agent | None:
    """The agent that a resource's pod asks for."""
    template = pod(resource)
    if template is None:
        return None
    found = Agent(template)
    return found if found.on("agent-inject") else None
