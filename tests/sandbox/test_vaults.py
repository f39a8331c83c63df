"""Which Vault a sandbox starts for which stack, before anything is started."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.stacks import server
from workload_secrets.errors import InputError
from workload_secrets.sandbox.handle import ClusterSpec, StackSpec
from workload_secrets.sandbox.start import Plan

CLUSTER = ClusterSpec(name="guide", issuer="https://issuer.example", api_audience="a")
SERVER = StackSpec(stack="server", cluster=CLUSTER, uses_vault=False, server=server.declared())
USER = StackSpec(
    stack="user",
    cluster=CLUSTER,
    uses_vault=True,
    vault_server="https://openbao.vault.svc:8200",
    vault_product="openbao",
    vault_version="2.6",
)


def test_a_server_and_who_configures_it_agree() -> None:
    assert len(Plan.of([SERVER, USER]).specs) == 2
    assert len(Plan.of([SERVER, replace(USER, vault_version="2.6.9")]).specs) == 2


@pytest.mark.parametrize(("product", "version"), [("vault", "2.6"), ("openbao", "2.7")])
def test_a_stack_that_takes_a_server_for_another_is_refused(product: str, version: str) -> None:
    other = replace(USER, vault_product=product, vault_version=version)
    with pytest.raises(InputError) as refused:
        Plan.of([SERVER, other])
    assert str(refused.value) == (
        f"stack user: facts.vault is {product} {version}, but the server at "
        "https://openbao.vault.svc:8200 is declared as openbao 2.6.2; correct one of them"
    )


def test_another_address_is_another_server() -> None:
    assert Plan.of([SERVER, replace(USER, vault_server="https://vault.example:8200", vault_product="vault")])


def test_two_servers_at_one_address_are_refused() -> None:
    with pytest.raises(InputError, match="stacks server and again: both run a server at"):
        Plan.of([SERVER, replace(SERVER, stack="again")])
