"""Where a rehearsal logs in, and as whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workload_secrets.access.observed.aws import AwsLogin, AwsSite
from workload_secrets.access.observed.cluster import ClusterClient
from workload_secrets.access.observed.shown import Presenter
from workload_secrets.access.observed.tokens import Mint
from workload_secrets.access.observed.vault import VaultLogin, VaultSite


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where to log in. The deployer's logins are None where it has none there;
    `prover_token` is the prover's own bearer token for the cluster. `rotation` logs in as the
    role (ARN) of a rotation function."""

    prover: ClusterClient
    presenter: Presenter
    prover_token: str
    aws: AwsSite | None = None
    vault: VaultSite | None = None
    deployer_aws: AwsLogin | None = None
    deployer_vault: VaultLogin | None = None
    rotation: Callable[[str], AwsLogin] | None = None

    @property
    def mint(self) -> Mint:
        """Who makes tokens."""
        return self.presenter.mint
