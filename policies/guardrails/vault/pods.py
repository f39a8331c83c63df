"""Where pods are in Kubernetes objects, and what of them concerns Vault."""

from __future__ import annotations

from policies.guardrails.kubernetes.pod_spec import WORKLOADS, annotations_of, containers, pod_of

__all__ = ["WORKLOADS", "annotations_of", "containers", "pod_of"]
