"""Handlers against the sandbox's servers, as its administrators."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from workload_secrets.sandbox.deploy.admin import custom_kind, maker
from workload_secrets.sandbox.deploy.admin import kubernetes as kubernetes_admin
from workload_secrets.sandbox.deploy.aws.provider import SERVICES, AwsProvider
from workload_secrets.sandbox.deploy.call import Ask, Call, Site
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.kubernetes.provider import KubernetesProvider
from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.outcome import Outcome
from workload_secrets.sandbox.deploy.registry import handler_of
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.openbao import ADMIN

Make = Callable[..., Outcome]
_ROLES = 'path "auth/+/role/*" { capabilities = ["create", "read", "update"] }\n'


@contextmanager
def _ambient(sandbox: Sandbox) -> Generator[None]:
    """The administrator's credentials where the SDK looks for some, and no longer than needed:
    a session's fixture outlives its file."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in [name for name in os.environ if name.startswith(("AWS_", "REQUESTS_"))]:
            patch.delenv(variable)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(sandbox.stacks["dev"].aws_credentials_file))
        patch.setenv("AWS_PROFILE", "admin")
        patch.setenv("AWS_CONFIG_FILE", "/dev/null")
        yield


@pytest.fixture(scope="session")
def ambient(sandbox: Sandbox) -> Callable[[], AbstractContextManager[None]]:
    return lambda: _ambient(sandbox)


@pytest.fixture(scope="session")
def aws_provider(sandbox: Sandbox, ambient: Callable[[], AbstractContextManager[None]]) -> AwsProvider:
    """All its clients are made at once."""
    with ambient():
        endpoints = [dict.fromkeys(SERVICES, sandbox.aws_url)]
        config = {
            "region": "eu-central-1",
            "allowedAccountIds": ["111122223333"],
            "endpoints": endpoints,
        }
        provider = AwsProvider("aws", config)
        for service in SERVICES:
            provider.client(service)
    return provider


@pytest.fixture(scope="session")
def vault_provider(sandbox: Sandbox) -> VaultProvider:
    assert sandbox.vault_admin_token_file is not None
    config = {"address": sandbox.vault_address, "caCertFile": str(sandbox.ca_file), "skipChildToken": True}
    token = sandbox.vault_admin_token_file.read_text().strip()
    provider = VaultProvider("vault", config, {"VAULT_TOKEN": token})
    policy = provider.read(f"sys/policies/acl/{ADMIN}")
    assert policy is not None
    provider.send("PUT", f"sys/policies/acl/{ADMIN}", {"policy": policy["policy"] + _ROLES})
    return provider


@pytest.fixture(scope="session")
def kubernetes_provider(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> KubernetesProvider:
    cluster = sandbox.clusters["dev"]
    credential = tmp_path_factory.mktemp("exec") / "admin.json"
    token = cluster.admin_token_file.read_text().strip()
    credential.write_text(json.dumps({"kind": "ExecCredential", "status": {"token": token}}))
    return KubernetesProvider(
        "kubernetes", {"kubeconfig": kubeconfig(cluster.api_server, cluster.ca_file, credential)}
    )


def kubeconfig(server: str, ca_file: Path, credential: Path) -> str:
    user = {"apiVersion": "client.authentication.k8s.io/v1", "command": "cat", "args": [str(credential)]}
    data = base64.b64encode(ca_file.read_bytes()).decode()
    return json.dumps(
        {
            "clusters": [{"name": "c", "cluster": {"server": server, "certificate-authority-data": data}}],
            "users": [{"name": "u", "user": {"exec": user}}],
            "contexts": [{"name": "dev", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "dev",
        }
    )


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture(scope="session")
def site(sandbox: Sandbox) -> Site:
    cluster = sandbox.clusters["dev"]
    return Site(
        api_server=cluster.api_server,
        cluster_ca=cluster.ca_file.read_text(),
        public_keys=(cluster.public_key_file.read_text(),),
        reviewer="client",
        reviewer_token=cluster.reviewer_token_file.read_text().strip(),
    )


@pytest.fixture
def make(request: pytest.FixtureRequest, sandbox: Sandbox, site: Site, notes: Notes) -> Make:
    """Makes one resource by its type and inputs; `site` replaces the sandbox's own."""

    def run(type_: str, inputs: Mapping[str, Any], *, name: str = "it", site: Site = site) -> Outcome:
        system = type_.partition(":")[0]
        call = Call(
            urn=f"urn:pulumi:dev::p::{type_}::{name}",
            type=type_,
            name=name,
            provider=request.getfixturevalue(f"{system}_provider"),
            site=site,
            notes=notes,
            ask=Ask(maker(sandbox, "dev")),
        )
        return handler_of(type_)(call, Inputs(inputs))

    return run


@pytest.fixture(scope="session")
def operator_kind(sandbox: Sandbox) -> None:
    custom_kind(
        kubernetes_admin(sandbox, "dev"), "privatecloud.mendix.com", "v1alpha1", "OperatorConfiguration"
    )
