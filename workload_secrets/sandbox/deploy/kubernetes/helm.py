"""Helm releases: no pods run in a sandbox, so a release is declared only.

What the release holds for a server, its configuration, is run by the sandbox itself.
"""

from __future__ import annotations

from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import HandlerError, Outcome


def release(call: Call, inputs: Inputs) -> Outcome:
    """kubernetes:helm.sh/v3:Release, from a pinned chart of a named repository."""
    name, namespace = inputs.text("name"), inputs.text("namespace")
    chart, version = inputs.text("chart"), inputs.text("version")
    repository = inputs.nested("repositoryOpts")
    address = repository.text("repo")
    if not address.startswith(("https://", "oci://")):
        raise HandlerError(f"input repositoryOpts.repo is {address}: charts come by https or oci")
    values = inputs.mapping("values")
    for flag in ("createNamespace", "skipAwait", "atomic"):
        inputs.flag(flag)
    for number in ("timeout", "maxHistory"):
        inputs.number(number)
    inputs.only("compat", "true")  # the SDK always sends it
    inputs.finish()
    call.notes.declared_only(f"Helm release {namespace}/{name} (chart {chart} {version}): no pods run here")
    if call.operation != "update" and (kept := call.kept_by_state()) is not None:
        return kept
    if not values:
        raise HandlerError("input values is empty: the chart's own defaults have neither TLS nor audit")
    outputs = {
        "id": f"{namespace}/{name}",
        "name": name,
        "namespace": namespace,
        "chart": chart,
        "version": version,
        "values": values,
        "status": {"name": name, "namespace": namespace, "version": version, "status": "declared"},
    }
    return Outcome(state="same", outputs=outputs)
