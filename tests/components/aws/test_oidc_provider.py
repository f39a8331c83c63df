"""The OIDC provider of a cluster."""

from __future__ import annotations

import pytest

from components.aws.oidc_provider import TOKEN, OidcProvider, OidcProviderArgs
from components.config.base import Manage
from tests.engine import ISSUER, SCOPE, declare, inside
from workload_secrets.graph.model import Graph, Mode

PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
MODES: tuple[Mode, ...] = ("preview", "update")


def provider(mode: Mode = "update", manage: Manage = "create") -> Graph:
    args = OidcProviderArgs(
        scope=SCOPE, issuer=ISSUER, audiences=("sts.amazonaws.com", "custom"), manage=manage
    )
    return declare(lambda opts: OidcProvider("cluster", args, opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_provider_takes_exactly_the_audiences_in_use_and_no_thumbprint(mode: Mode):
    made = provider(mode).only(PROVIDER)
    assert made.name == "cluster-provider"
    assert made.inputs == {"url": ISSUER, "clientIdLists": ["custom", "sts.amazonaws.com"]}


@pytest.mark.parametrize("mode", MODES)
def test_an_existing_provider_registers_nothing(mode: Mode):
    assert inside(provider(mode, "existing"), TOKEN) == ()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("manage", ["create", "existing"])
def test_the_arn_is_known_before_the_provider_exists(mode: Mode, manage: Manage):
    expected = f"arn:aws:iam::111122223333:oidc-provider/{ISSUER.removeprefix('https://')}"
    assert provider(mode, manage).only(TOKEN).outputs == {"provider_arn": expected}
