"""One sandbox of two stacks for all tests that need real servers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from workload_secrets.sandbox import down, up
from workload_secrets.sandbox.handle import Cluster, ClusterSpec, Sandbox, StackSpec
from workload_secrets.sandbox.kubernetes import admin
from workload_secrets.sandbox.objects import ensure_service_account

ISSUER = "https://oidc.eks.eu-central-1.amazonaws.com/id/ABCDEF0123456789"
AUDIENCE = "https://kubernetes.default.svc"
ACCOUNT = "111122223333"
REGION = "eu-central-1"


def _spec(stack: str, issuer: str, account: str, namespace: str | None = None) -> StackSpec:
    allowed = [{"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}]
    return StackSpec(
        stack=stack,
        cluster=ClusterSpec(name=stack, issuer=issuer, api_audience=AUDIENCE),
        uses_vault=True,
        account_id=account,
        region=REGION,
        vault_policy='path "sys/mounts/owned" { capabilities = ["create", "read", "update"] }\n',
        vault_namespace=namespace,
        iam_policy=json.dumps({"Version": "2012-10-17", "Statement": allowed}),
    )


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Stacks `dev` and `other`: two clusters, two accounts, one Vault (`other` in a namespace)."""
    root = tmp_path_factory.mktemp("sandbox") / ".sandbox"
    specs = [_spec("dev", ISSUER, ACCOUNT), _spec("other", f"{ISSUER}B", "444455556666", "tenant")]
    made = up(specs, name="tests", root=root, owner="process", progress=lambda _: None)
    yield made
    down("tests", root)


@pytest.fixture(scope="session")
def cluster(sandbox: Sandbox) -> Cluster:
    return sandbox.clusters["dev"]


@pytest.fixture(scope="session")
def token(sandbox: Sandbox) -> Callable[..., str]:
    """A token of a ServiceAccount of a cluster, minted by its API server."""

    def mint(account: str, *audiences: str, namespace: str = "billing", cluster: str = "dev") -> str:
        rest = admin(sandbox.clusters[cluster])
        ensure_service_account(rest, namespace, account)
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
        answer = rest.call("POST", path, {"spec": {"audiences": list(audiences)}})
        return str(answer["status"]["token"])

    return mint


@pytest.fixture(scope="session")
def anonymous(sandbox: Sandbox) -> Callable[[str], Any]:
    """A client without credentials, as a pod has before it assumes its role."""

    def make(service: str) -> Any:
        return boto3.Session().client(  # pyright: ignore
            service,
            region_name=REGION,
            endpoint_url=sandbox.aws_url,
            verify=str(sandbox.ca_file),
            config=Config(signature_version=UNSIGNED),
        )

    return make


@pytest.fixture(scope="session")
def session_client(sandbox: Sandbox) -> Callable[[str, Mapping[str, str]], Any]:
    """A client with the credentials that STS handed out."""

    def make(service: str, credentials: Mapping[str, str]) -> Any:
        return boto3.Session().client(  # pyright: ignore
            service,
            region_name=REGION,
            endpoint_url=sandbox.aws_url,
            verify=str(sandbox.ca_file),
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )

    return make


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / ".sandbox"
