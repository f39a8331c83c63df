"""A vault of a Kong gateway, as an object that Kong's ingress controller takes.

Only for a login that needs nothing secret: the object has no reference to a Secret, so that a
token or a key in it would stand in etcd and in Pulumi's state.
"""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.documents.kong.entity import VaultEntity
from components.documents.kong.object import API_VERSION, KIND, kong_vault
from components.inputs import Args, In

TOKEN = "workload-secrets:kong:KongVault"  # noqa: S105 a type token


class KongVaultArgs(Args):
    """`object_name` is cluster-wide. `role_id` is that of the AppRole, where the vault logs in
    with one; it is no secret. `after`: the role, its policy and the ServiceAccount, so that
    they come first and go last.
    """

    object_name: str
    ingress_class: str
    entity: VaultEntity
    role_id: In[str] | None = None
    after: tuple[pulumi.Resource, ...] = ()


class KongVault(pulumi.ComponentResource):
    """One cluster-scoped object. `prefix` is what references begin with; the server refuses to
    change it, so `object_name` has to hold it."""

    object_name: pulumi.Output[str]
    prefix: pulumi.Output[str]

    def __init__(self, name: str, args: KongVaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        known = {} if args.role_id is None else {"approle_role_id": args.role_id}
        made = kong_vault(args.entity, name=args.object_name, ingress_class=args.ingress_class, known=known)
        kubernetes.apiextensions.CustomResource(
            f"{name}-object",
            api_version=API_VERSION,
            kind=KIND,
            metadata=ObjectMetaArgs(name=made.name, annotations=dict(made.annotations)),
            spec=dict(made.spec),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after) or None),
        )
        self.object_name = pulumi.Output.from_input(made.name)
        self.prefix = pulumi.Output.from_input(args.entity.prefix)
        self.register_outputs({"object_name": self.object_name, "prefix": self.prefix})
