"""The declared way in: the role a ServiceAccount is annotated with, its own auth mount and role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from workload_secrets.access.aws_view import ROLE_ANNOTATION
from workload_secrets.access.observed.attempt import Attempt, refused
from workload_secrets.access.observed.aws import AwsLogin
from workload_secrets.access.observed.logins import AwsLogins, VaultLogins
from workload_secrets.access.observed.site import Site
from workload_secrets.access.observed.vault import VaultLogin
from workload_secrets.access.principals import Wallet, actors
from workload_secrets.declaration import Declaration
from workload_secrets.keys.aws_store import AwsStore
from workload_secrets.keys.store import Store
from workload_secrets.keys.vault_store import VaultStore


class NaturalWay:
    """Logs the declared principals of one stack in, as they would themselves."""

    def __init__(
        self,
        declaration: Declaration,
        site: Site,
        wallet: Wallet,
        aws: AwsLogins | None,
        vault: VaultLogins | None,
    ) -> None:
        self._declaration = declaration
        self._site = site
        self._wallet = wallet
        self._aws = aws
        self._vault = vault
        self._actors = {actor.name: actor for actor in actors(declaration)}

    def associated(self, name: str, secret: str) -> bool:
        """Whether the way leads over EKS Pod Identity, which can't be rehearsed."""
        principal = self._declaration.principals[name]
        pods = principal.aws is not None and principal.aws.method == "podIdentity"
        return pods and self._declaration.secrets[secret].system == "aws"

    def login(self, name: str, secret: str) -> AwsLogin | VaultLogin | Attempt:
        """The login to where a secret is, or the refusal."""
        if self._declaration.secrets[secret].system == "aws":
            return self.aws(name)
        return self.vault(name)

    def aws(self, name: str) -> AwsLogin | Attempt:
        """The role that the live ServiceAccount is annotated with, or that a job is told."""
        if self._aws is None:
            return refused("the stack has no AWS")
        principal = self._declaration.principals[name]
        if principal.aws is not None and principal.aws.method == "webIdentity":
            token = self._site.mint.token(self._actors[name], self._wallet.natural(name, "aws"))
            return self._aws.login(principal.aws.role_arn or "", token)
        account = self._site.prover.service_account(principal.namespace, principal.service_account)
        metadata = cast("Mapping[str, Any]", account.get("metadata") or {})
        arn = cast("Mapping[str, str]", metadata.get("annotations") or {}).get(ROLE_ANNOTATION)
        if arn is None:
            where = f"{principal.namespace}/{principal.service_account}"
            return refused(f"the live ServiceAccount {where} has no {ROLE_ANNOTATION} annotation")
        token = self._site.mint.token(self._actors[name], self._wallet.natural(name, "aws"))
        return self._aws.login(arn, token)

    def vault(self, name: str) -> VaultLogin | Attempt:
        """The principal's own auth mount and role."""
        principal = self._declaration.principals[name]
        if self._vault is None or principal.vault is None:
            return refused("the principal has no Vault identity")
        target = self._site.presenter.natural(principal)
        if isinstance(target, Attempt):
            return target
        actor, claims = self._actors[name], self._wallet.meant(name)
        return self._vault.show(
            target.place, claims, lambda: self._site.presenter.shown(actor, target, claims)
        )

    def token(self, name: str, audience: str) -> str:
        """A token of a principal's ServiceAccount, or of a job, for one audience."""
        claims = self._wallet.natural(name, "vault")
        return self._site.mint.token(self._actors[name], replace(claims, audience=(audience,)))

    def store(self, name: str, secret: str) -> Store | Attempt:
        """Where a writer sets a secret's values, or the refusal."""
        login, about = self.login(name, secret), self._declaration.secrets[secret]
        if isinstance(login, AwsLogin):
            return AwsStore(login.client, about.name or "", about.encoding)
        if isinstance(login, VaultLogin):
            http = login.http.as_token(login.http.token, about.vault_namespace)
            return VaultStore(http, about.mount or "", about.path or "")
        return login
