"""EKS: pod identity associations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workload_secrets.sandbox.deploy.aws.provider import (
    AwsProvider,
    ask,
    ask_widened,
    note_widened,
    same_region,
    wanted_tags,
)
from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
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
    inputs.finish()
    call.notes.declared_only(
        f"pod identity of {namespace}/{account}: the emulator has no eks-auth, so no login is rehearsed"
    )
    note_widened(call, "pod identity association")
    call.ask.eks_cluster(cluster)

    def read() -> Mapping[str, Any] | None:
        listed = ask(
            client,
            "list_pod_identity_associations",
            clusterName=cluster,
            namespace=namespace,
            serviceAccount=account,
        )
        if not listed["associations"]:
            return None
        identifier = listed["associations"][0]["associationId"]
        found = ask_widened(
            call, client, "describe_pod_identity_association", clusterName=cluster, associationId=identifier
        )["association"]
        return {
            "associationId": identifier,
            "associationArn": found["associationArn"],
            "roleArn": found["roleArn"],
            "tags": found.get("tags", {}),
        }

    def create() -> None:
        ask(
            client,
            "create_pod_identity_association",
            clusterName=cluster,
            namespace=namespace,
            serviceAccount=account,
            roleArn=wanted["roleArn"],
            tags=wanted["tags"],
        )

    def update(_: frozenset[str]) -> None:
        found = read() or {}
        ask_widened(
            call,
            client,
            "update_pod_identity_association",
            clusterName=cluster,
            associationId=found["associationId"],
            roleArn=wanted["roleArn"],
        )

    def delete() -> None:
        found = read() or {}
        ask_widened(
            call,
            client,
            "delete_pod_identity_association",
            clusterName=cluster,
            associationId=found["associationId"],
        )

    managed = Managed(
        what=f"pod identity association of {namespace}/{account}",
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
        "id": found["associationId"],
        "clusterName": cluster,
        "namespace": namespace,
        "serviceAccount": account,
        "tagsAll": found["tags"],
    }
    return Outcome(state=state, outputs=outputs)
