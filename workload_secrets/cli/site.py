"""Between a sandbox's handle and what the proof and the start of a sandbox need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from workload_secrets.access.derived import declaration_of
from workload_secrets.access.observed.aws import AwsSite
from workload_secrets.access.observed.cluster import ClusterClient, exec_token
from workload_secrets.access.observed.site import Site
from workload_secrets.access.observed.vault import VaultLogin, VaultSite
from workload_secrets.cli.presenter import presenter
from workload_secrets.declaration import Declaration
from workload_secrets.declaration.identity import JwtFacts
from workload_secrets.graph.model import Graph
from workload_secrets.sandbox import databases, rotation_role
from workload_secrets.sandbox.deploy.kubernetes.kinds import custom_kinds
from workload_secrets.sandbox.handle import Cluster, ClusterSpec, Sandbox, StackAccess, StackSpec

ROOT: Final = ".sandbox"
"""The folder of all sandboxes, inside the project and git-ignored."""


def spec(graph: Graph) -> StackSpec:
    """The room that a captured stack needs in a sandbox."""
    declaration = declaration_of(graph)
    facts = declaration.facts
    deployer = cast("Mapping[str, Any]", graph.platform_output("deployer"))
    prover = cast("Mapping[str, Any]", graph.platform_output("prover"))
    # A server's stack has no workload whose secret id somebody would carry.
    courier: Mapping[str, Any] = {}
    # Who makes what the jobs of a stack are has the deployer's rights too.
    maker: Mapping[str, Any] = deployer
    if declaration.vault_server is None:
        courier = cast("Mapping[str, Any]", graph.platform_output("courier"))
        maker = cast("Mapping[str, Any]", graph.platform_output("administrator")) or deployer
    return StackSpec(
        stack=graph.stack,
        cluster=ClusterSpec(
            name=facts.cluster.name,
            issuer=facts.cluster.oidc_issuer,
            api_audience=facts.cluster.api_audience,
        ),
        uses_vault=facts.vault is not None,
        account_id=facts.aws.account_id if facts.aws else None,
        region=facts.aws.region if facts.aws else None,
        vault_policy=maker.get("vault"),
        courier_policy=courier.get("vault"),
        vault_namespace=facts.vault.namespace if facts.vault else None,
        vault_server=declaration.endpoints.vault.address if declaration.endpoints.vault else "",
        vault_product=facts.vault.product if facts.vault else "",
        vault_version=facts.vault.version if facts.vault else "",
        iam_policy=maker.get("iam"),
        rbac=tuple(deployer.get("rbac") or ()),
        prover_rbac=tuple(prover.get("rbac") or ()),
        databases=databases.places(declaration),
        server=declaration.vault_server,
        job_issuers=_job_issuers(declaration),
        custom_kinds=custom_kinds({resource.type for resource in graph.resources}),
    )


def _job_issuers(declaration: Declaration) -> tuple[str, ...]:
    """Whose tokens jobs show to AWS."""
    identities = [p.identity for p in declaration.principals.values() if p.aws]
    return tuple(sorted({i.issuer for i in identities if isinstance(i, JwtFacts)}))


def site(sandbox: Sandbox, stack: str) -> Site:
    """Where and as whom to log in for one stack of a sandbox."""
    access = sandbox.stacks[stack]
    cluster = sandbox.clusters[access.cluster]
    prover_token = exec_token(access.prover_exec)
    prover = _client(cluster, prover_token)
    admin = _client(cluster, cluster.admin_token_file.read_text().strip())
    aws, vault = _aws(sandbox, access), _vault(sandbox, access)
    token = access.vault_token_file.read_text().strip() if access.vault_token_file else None
    return Site(
        prover=prover,
        presenter=presenter(sandbox, stack, prover, admin),
        prover_token=prover_token,
        aws=aws,
        vault=vault,
        deployer_aws=aws.profile(str(access.aws_credentials_file), "deployer") if aws else None,
        deployer_vault=vault.with_token(token, None) if vault and token else None,
        rotation=(lambda arn: aws.login(rotation_role.login(sandbox, stack, arn))) if aws else None,
    )


def vault_admin(sandbox: Sandbox, stack: str) -> VaultLogin | None:
    """The sandbox's own administrator in the stack's Vault; None where it has none."""
    access = sandbox.stacks[stack]
    vault = _vault(sandbox, access)
    if vault is None or access.vault_admin_token_file is None:
        return None
    return vault.with_token(access.vault_admin_token_file.read_text().strip(), None)


def _client(cluster: Cluster, token: str) -> ClusterClient:
    return ClusterClient(cluster.api_server, cluster.ca_file.read_text(), token)


def _aws(sandbox: Sandbox, access: StackAccess) -> AwsSite | None:
    if sandbox.aws_url is None or access.aws_credentials_file is None or access.region is None:
        return None
    return AwsSite(access.region, sandbox.aws_url, str(sandbox.ca_file))


def _vault(sandbox: Sandbox, access: StackAccess) -> VaultSite | None:
    if access.vault_address is None or access.vault_token_file is None:
        return None
    return VaultSite(access.vault_address, str(sandbox.ca_file))
