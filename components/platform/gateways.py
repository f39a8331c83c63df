"""The platform's part for Kong gateways: the vaults that are objects in the cluster."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components import gateway_forms, gateways
from components.config.stack import StackConfig
from components.kong.kong_vault import KongVault, KongVaultArgs
from components.vault.approle_role import AppRole


def declare(
    config: StackConfig,
    opts: pulumi.ResourceOptions,
    *,
    accounts: Mapping[str, pulumi.Resource],
    logins: Mapping[str, pulumi.Resource],
) -> None:
    """A KongVault for each vault of a gateway with an ingress class, where its login needs
    nothing secret. `opts` hold parent and the Kubernetes provider; `accounts` and `logins` are
    the components of each principal."""
    for name, entity, ingress_class in gateway_forms.objects(config):
        principal = gateways.principal(config, name, entity.prefix).name
        login = logins.get(principal)
        account = accounts.get(config.gateways[name].workload or "")
        args = KongVaultArgs(
            object_name=gateways.object_name(name, entity.prefix),
            ingress_class=ingress_class,
            entity=entity,
            role_id=login.role_id if isinstance(login, AppRole) else None,
            after=tuple(resource for resource in (login, account) if resource is not None),
        )
        KongVault(gateways.object_name(name, entity.prefix), args, opts)
