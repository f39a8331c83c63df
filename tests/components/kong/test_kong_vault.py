"""The component of a gateway's vault: one object, and what it waits for."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from components.documents.kong import entity
from components.documents.kong.entity import VaultEntity
from components.kong.kong_vault import TOKEN, KongVault, KongVaultArgs
from tests.engine import declare, inside, names, only
from workload_secrets.errors import WorkloadSecretsError
from workload_secrets.graph.model import UNKNOWN, Mode

MODES: tuple[Mode, ...] = ("preview", "update")
TYPE = "kubernetes:configuration.konghq.com/v1alpha1:KongVault"
PODS = entity.kubernetes_fields(role="kong", auth_mount="kubernetes", token_file="/token")
MACHINE = entity.approle_fields(auth_mount="approle", secret_id_file="/id", response_wrapping=True)


def args(login: dict[str, Any] = PODS, **more: Any) -> KongVaultArgs:
    item = VaultEntity(gateway="edge", prefix="apps", description=None, tags=(), fields={"port": 1, **login})
    given: dict[str, Any] = {"object_name": "edge-apps", "ingress_class": "kong", "entity": item}
    return KongVaultArgs(**(given | more))


@pytest.mark.parametrize("mode", MODES)
def test_one_object_is_registered_in_no_namespace(mode: Mode):
    graph = declare(lambda opts: KongVault("edge-apps", args(), opts), mode)
    (made,) = inside(graph, TOKEN)
    assert (made.type, made.name) == (TYPE, "edge-apps-object")
    assert made.inputs == {
        "apiVersion": "configuration.konghq.com/v1alpha1",
        "kind": "KongVault",
        "metadata": {"name": "edge-apps", "annotations": {"kubernetes.io/ingress.class": "kong"}},
        "spec": {"backend": "hcv", "prefix": "apps", "config": {"port": 1, **PODS}},
    }
    assert not made.secrets
    assert graph.only(TOKEN).outputs == {"object_name": "edge-apps", "prefix": "apps"}


def test_a_role_id_is_not_known_before_its_role_is_made():
    def program(opts: pulumi.ResourceOptions) -> None:
        role_id: pulumi.Output[Any] = _config_map("role", opts).metadata.apply(lambda found: found["uid"])
        KongVault("edge-apps", args(MACHINE, role_id=role_id), opts)

    found = [inside(declare(program, mode), TOKEN)[0].inputs["spec"]["config"] for mode in MODES]
    assert found[0]["approle_role_id"] is UNKNOWN
    assert found[1]["approle_role_id"].startswith("symbol-")
    assert {**found[0], "approle_role_id": ""} == {**found[1], "approle_role_id": ""}


def test_what_a_login_needs_comes_first():
    def program(opts: pulumi.ResourceOptions) -> None:
        KongVault("edge-apps", args(after=(_config_map("role", opts), _config_map("account", opts))), opts)

    graph = declare(program)
    (made,) = inside(graph, TOKEN)
    assert names(graph, made.options.depends_on) == {"role", "account"}


def test_a_login_that_needs_a_secret_makes_no_object():
    with pytest.raises(WorkloadSecretsError) as raised:
        declare(lambda opts: KongVault("edge-apps", args(entity.cert_fields(role="kong")), opts))
    assert "needs a secret, which no object holds" in f"{raised.value} {raised.value.__cause__}"


def _config_map(name: str, opts: pulumi.ResourceOptions) -> kubernetes.core.v1.ConfigMap:
    return kubernetes.core.v1.ConfigMap(name, opts=only(opts, "kubernetes"))
