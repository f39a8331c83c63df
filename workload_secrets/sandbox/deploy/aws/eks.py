"""EKS: pod identity associations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workload_secrets.sandbox.deploy.aws.provider import (
    AwsProvider,
    ask,
    same_region,
    wanted_tags,
)
from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.occupied import refuse
from workload_secrets.sandbox.deploy.outcome import Managed, Outcome


def pod_identity_association(call: Call, inputs: Inputs) -> Outcome:
    """aws:eks/podIdentityAssociation:PodIdentityAssociation. The emulator keeps a record."""
    provider: AwsProvider = call.provider
    client = provider.client("eks")
    same_region(provider, inputs)
    cluster, namespace = inputs.text("clusterName"), inputs.text("namespace")
    account = inputs.text("serviceAccount")
    wanted: dict[str, Any] = {"roleArn": inputs.text("roleArn"), "tags": wanted_tags(provider, inputs)}
    inputs.only("disableSessionTags", False)
    wanted["disableSessionTags"] = False
    if wanted["tags"]:
        call.notes.not_enforced("tags of a pod identity association: the emulator can't change them later")
    inputs.finish()
    call.notes.declared_only(
        f"pod identity of {namespace}/{account}: the emulator has no eks-auth, so no login is rehearsed"
    )
    call.ask.eks_cluster(cluster)

    what = f"pod identity association of {namespace}/{account}"
    made = [call.id] if call.id else []

    def read() -> Mapping[str, Any] | None:
        if not made and call.operation == "apply":
            there = call.ask.association(cluster, namespace, account)
            made.extend([there] if there else [])
        if not made:
            return None
        answer = ask(
            client,
            "describe_pod_identity_association",
            absent=("ResourceNotFoundException",),
            clusterName=cluster,
            associationId=made[0],
        )
        if answer is None:
            return None
        found = answer["association"]
        return {
            "associationId": made[0],
            "associationArn": found["associationArn"],
            "roleArn": found["roleArn"],
            "tags": found.get("tags", {}),
            "disableSessionTags": found.get("disableSessionTags", False),
        }

    def create() -> None:
        answer = ask(
            client,
            "create_pod_identity_association",
            absent=("ResourceInUseException",),
            clusterName=cluster,
            namespace=namespace,
            serviceAccount=account,
            roleArn=wanted["roleArn"],
            tags=wanted["tags"],
        )
        if answer is None:
            refuse(call.type, what)
        else:
            made.append(answer["association"]["associationId"])

    def update(_: frozenset[str]) -> None:
        ask(
            client,
            "update_pod_identity_association",
            clusterName=cluster,
            associationId=made[0],
            roleArn=wanted["roleArn"],
            disableSessionTags=False,
        )

    def delete() -> None:
        ask(client, "delete_pod_identity_association", clusterName=cluster, associationId=made[0])

    managed = Managed(
        what=what,
        wanted=wanted,
        read=read,
        create=create,
        update=update,
        delete=delete,
        fixed=frozenset({"tags"}),
    )
    state, found = call.settle(managed)
    outputs = {
        **found,
        **inputs.shown({name: name for name in wanted}, wanted, found),
        "id": found["associationId"],
        "clusterName": cluster,
        "namespace": namespace,
        "serviceAccount": account,
        "tagsAll": found["tags"],
    }
    return Outcome(state=state, outputs=outputs)
