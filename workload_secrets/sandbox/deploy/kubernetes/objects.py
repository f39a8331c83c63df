"""One handler for every kind: server-side apply with a field manager of its own."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.kubernetes.kinds import Kind, find
from workload_secrets.sandbox.deploy.kubernetes.provider import KubernetesProvider
from workload_secrets.sandbox.deploy.outcome import Gone, HandlerError, OccupiedError, Outcome, State

_APPLY: Final = "application/apply-patch+yaml"
OWN_ANNOTATIONS: Final = "pulumi.com/"
"""What begins with it is for the provider, and never on the object."""
_FORCE: Final = "pulumi.com/patchForce"
_PLACE: Final = ("name", "namespace")
_GONE_SECONDS: Final = 120.0
_POLL_SECONDS: Final = 0.1
_MANAGER: Final = "pulumi.com/patchFieldManager"
_NO_WAIT: Final = "pulumi.com/skipAwait"
"""Stays on the object, as with the real provider. Nothing here waits for pods anyway."""


def for_the_provider(name: str) -> bool:
    """Whether an annotation is for the provider alone, so that the object never has it."""
    return name in (_FORCE, _MANAGER)


def manager_of(urn: str) -> str:
    """The field manager of a resource. It is derived from the URN, so a later deploy has the same."""
    return f"workload-secrets-{hashlib.sha256(urn.encode()).hexdigest()[:12]}"


def apply(call: Call, inputs: Inputs) -> Outcome:
    """Any kubernetes type, a patch of one, a custom resource or a patch of that."""
    provider: KubernetesProvider = call.provider
    kind, patch = find(call.type)
    body, force, manager = _body(call, inputs, kind, provider)
    metadata = body["metadata"]
    namespace = metadata.get("namespace") if kind.namespaced else None
    path = kind.path(namespace, metadata["name"])
    where = f"{kind.kind} {namespace + '/' if namespace else ''}{metadata['name']}"
    before = _existing(provider, path)
    if call.operation in ("read", "compare", "delete"):
        if before is None:
            raise Gone(where)
        if call.operation == "delete":
            _delete(provider, path, body, manager, patch=patch)
            raise Gone(where)
        differs = call.operation == "compare" and differences(body, before)
        return Outcome(state="updated" if differs else "same", outputs=_outputs(before, namespace))
    if call.operation == "update" and before is None:
        raise Gone(where)
    if before is None and patch:
        raise HandlerError(
            f"{where} does not exist, and a patch never creates one: install what owns it first"
        )
    if before is None and kind.custom:
        call.ask.custom_kind(kind.group, kind.version, kind.kind)
    mine = before is not None and (
        call.operation == "update" or (call.operation == "apply" and _ours(before, manager))
    )
    if before is not None and not patch and not mine:
        raise OccupiedError(
            f"{where} exists already and this resource did not make it: declare it as existing"
        )
    if before is not None and call.operation == "apply" and _sets_nothing(body):
        return Outcome(state="same", outputs=_outputs(before, namespace))
    query = f"?fieldManager={manager}&force={'true' if force else 'false'}"
    provider.send("PATCH", path + query, body, content_type=_APPLY)
    after = _existing(provider, path)
    if after is None:
        raise HandlerError(f"{where} was applied but is not there when read back")
    missing = sorted(differences(body, after))
    if missing:
        raise HandlerError(f"{where} read back differs from what was applied in {', '.join(missing)}")
    return Outcome(state=_state(before, after, manager, patch), outputs=_outputs(after, namespace))


def _delete(
    provider: KubernetesProvider, path: str, body: Mapping[str, Any], manager: str, *, patch: bool
) -> None:
    """Removes the object, what it owns first, and waits until it is gone. Of a patch only the fields
    that it set go: an apply that sets none gives up all that its manager had.

    https://kubernetes.io/docs/reference/using-api/server-side-apply/
    """
    if patch:
        metadata = {name: value for name, value in body["metadata"].items() if name in _PLACE}
        nothing = {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": metadata}
        provider.send("PATCH", f"{path}?fieldManager={manager}", nothing, content_type=_APPLY)
        return
    options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Foreground"}
    provider.send("DELETE", path, options, accept=(404,))
    until = time.monotonic() + _GONE_SECONDS
    while _existing(provider, path) is not None:
        if time.monotonic() > until:
            raise HandlerError(f"{path} was deleted but is still there after {_GONE_SECONDS:.0f} s")
        time.sleep(_POLL_SECONDS)


def _state(before: Mapping[str, Any] | None, after: Mapping[str, Any], manager: str, patch: bool) -> State:
    """The server bumps the resource version only where an apply changes something.

    The first patch of an object that others made counts as created: the patch is new.
    """
    if before is None or (patch and manager not in _managers(before)):
        return "created"
    same = before["metadata"]["resourceVersion"] == after["metadata"]["resourceVersion"]
    return "same" if same else "updated"


def _existing(provider: KubernetesProvider, path: str) -> Mapping[str, Any] | None:
    answer = provider.send("GET", path, accept=(404,))
    return None if answer.status == 404 else answer.body


def _sets_nothing(body: Mapping[str, Any]) -> bool:
    """True for a bare object. To apply it again would give its defaults a manager of their own."""
    return set(body) == {"apiVersion", "kind", "metadata"} and set(body["metadata"]) <= {
        "name",
        "namespace",
    }


def _ours(found: Mapping[str, Any], manager: str) -> bool:
    """Only an apply that sets no field, such as a bare namespace, leaves no manager at all."""
    managers = _managers(found)
    return not managers or manager in managers


def _managers(found: Mapping[str, Any]) -> set[str]:
    return {str(entry.get("manager")) for entry in found["metadata"].get("managedFields") or ()}


def _body(
    call: Call, inputs: Inputs, kind: Kind, provider: KubernetesProvider
) -> tuple[dict[str, Any], bool, str]:
    inputs.only("apiVersion", kind.api_version)
    inputs.only("kind", kind.kind)
    metadata = inputs.mapping("metadata")
    body: dict[str, Any] = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata}
    body.update({name: value for name in sorted(kind.fields) if (value := inputs.take(name)) is not None})
    if kind.custom:
        body.update({name: inputs.take(name) for name in inputs.names()})
    inputs.finish()
    if not metadata.get("name"):
        raise HandlerError("input metadata.name is needed: names are explicit")
    if kind.namespaced and not metadata.get("namespace"):
        metadata["namespace"] = provider.namespace or "default"
    annotations = dict(cast("Mapping[str, str]", metadata.get("annotations") or {}))
    force = annotations.pop(_FORCE, "false") == "true"
    manager = annotations.pop(_MANAGER, None) or manager_of(call.urn)
    own = sorted(name for name in annotations if name.startswith(OWN_ANNOTATIONS) and name != _NO_WAIT)
    if own:
        raise HandlerError(f"no handler for annotation {', '.join(own)}: the deploy would drop it")
    if "annotations" in metadata:
        metadata["annotations"] = annotations
        if not annotations:
            del metadata["annotations"]
    return body, force, manager


def differences(wanted: Any, found: Any, path: str = "") -> list[str]:
    """The paths in `wanted` that `found` doesn't have with the same value.

    The server may add fields; a list must have the same length.
    """
    if isinstance(wanted, Mapping):
        entries = cast("Mapping[str, Any]", wanted)
        if not isinstance(found, Mapping):
            return [] if not entries and found is None else [path]
        have = cast("Mapping[str, Any]", found)
        return [
            bad
            for name, value in entries.items()
            for bad in differences(value, have.get(name), f"{path}.{name}" if path else name)
        ]
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        items = cast("Sequence[Any]", wanted)
        if not isinstance(found, Sequence) or isinstance(found, str):
            return [] if not items and found is None else [path]
        others = cast("Sequence[Any]", found)
        if len(items) != len(others):
            return [path]
        return [
            bad
            for index, (value, other) in enumerate(zip(items, others, strict=True))
            for bad in differences(value, other, f"{path}[{index}]")
        ]
    return [] if wanted == found else [path]


def _outputs(found: Mapping[str, Any], namespace: str | None) -> dict[str, Any]:
    metadata = {name: value for name, value in found["metadata"].items() if name != "managedFields"}
    name = metadata["name"]
    identifier = f"{namespace}/{name}" if namespace else name
    return {**found, "metadata": metadata, "id": identifier}
