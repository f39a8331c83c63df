"""Vault policies. A policy that this stack did not write is never overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import HandlerError, Managed, Outcome
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider


def policy(call: Call, inputs: Inputs) -> Outcome:
    """vault:index/policy:Policy.

    Vault keeps no owner of a policy. One with the same name counts as ours where it starts
    with the same comment line; any other is foreign, and refused.
    """
    vault: VaultProvider = call.provider
    name = inputs.text("name")
    namespace = inputs.optional_text("namespace") or ""
    if inputs.flag("allowOverwrite", True):
        raise HandlerError(f"policy {name}: set allowOverwrite to false, or a foreign policy is overwritten")
    call.notes.not_enforced("allowOverwrite of a policy: it says how a create goes, and no server keeps it")
    wanted = {"policy": inputs.text("policy")}
    inputs.finish()
    path = f"sys/policies/acl/{name}"

    def read() -> Mapping[str, Any] | None:
        found = vault.read(path, namespace=namespace)
        return None if found is None else {"policy": found["policy"]}

    def put() -> None:
        vault.send("PUT", path, wanted, namespace=namespace)

    def update(_: frozenset[str]) -> None:
        found = read() or {}
        if call.operation == "apply" and not _ours(wanted["policy"], str(found.get("policy", ""))):
            raise HandlerError(
                f"policy {name} exists with another text and is not ours: it is never overwritten; "
                "rename one of the two"
            )
        put()

    def delete() -> None:
        vault.send("DELETE", path, namespace=namespace)

    managed = Managed(
        what=f"policy {name}", wanted=wanted, read=read, create=put, update=update, delete=delete
    )
    state, found = call.settle(managed)
    return Outcome(state=state, outputs={"id": name, "name": name, "allowOverwrite": False, **found})


def _ours(wanted: str, found: str) -> bool:
    first = wanted.strip().splitlines()[0].strip() if wanted.strip() else ""
    other = found.strip().splitlines()[0].strip() if found.strip() else ""
    return first.startswith("#") and first == other
