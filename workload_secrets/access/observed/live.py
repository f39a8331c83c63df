"""Looks at the live environment and changes nothing in it.

Reads are real logins by the natural route. Writes and lists are asked of the servers
(`sys/capabilities-self`, iam:SimulatePrincipalPolicy). Intruders can't be made there, so
they are not tried, and say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from workload_secrets.access.aws_view import ROLE_ANNOTATION
from workload_secrets.access.declared import declared
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.matrix import Cell, Matrix
from workload_secrets.access.observed import mendix, pods, values
from workload_secrets.access.observed.ages import Ages, aged, ages
from workload_secrets.access.observed.attempt import Attempt, allowed, refused, unclear
from workload_secrets.access.observed.attempts import kv
from workload_secrets.access.observed.aws import AwsLogin, AwsSite
from workload_secrets.access.observed.cluster import RefusedError, unless_denied
from workload_secrets.access.observed.kubeconfig import connection
from workload_secrets.access.observed.untried import untried
from workload_secrets.access.observed.vault import VaultLogin, VaultSite
from workload_secrets.access.principals import Wallet, actors
from workload_secrets.access.verbs import verbs_of
from workload_secrets.aws_session import own
from workload_secrets.decide.answer import Answer
from workload_secrets.declaration import Declaration, Prerequisite, Principal, Secret, Verb
from workload_secrets.graph.model import Graph
from workload_secrets.keys.vault_store import kv_version
from workload_secrets.outside import OutsideText, aws_code

_ACTIONS: Final[Mapping[Verb, str]] = {
    "read": "secretsmanager:GetSecretValue",
    "write": "secretsmanager:PutSecretValue",
    "list": "secretsmanager:ListSecrets",
}
_IN_A_POD: Final = "a Pod Identity login happens only inside a pod"


class Live:
    """One live stack. `graph` gives the declaration and how to reach the cluster; relative
    CA files are found from `project`. Raises ServerError where the cluster can't be used."""

    def __init__(self, graph: Graph, project: Path) -> None:
        self._graph = graph
        self._declaration: Declaration = declaration_of(graph)
        self._wallet = Wallet(self._declaration)
        self._wanted = declared(self._declaration).places()
        self._cluster = connection(graph).client()
        facts, ends = self._declaration.facts, self._declaration.endpoints
        self._aws = AwsSite(facts.aws.region, ends.aws.url if ends.aws else None) if facts.aws else None
        self._vault: VaultSite | None = None
        if ends.vault is not None:
            ca_file = str(project / ends.vault.ca_file) if ends.vault.ca_file else None
            self._vault = VaultSite(ends.vault.address, ca_file)
        self._read: dict[tuple[str, str], Attempt] = {}
        self._readers: dict[str, tuple[str, AwsLogin | VaultLogin]] = {}
        self._versions: dict[str, str | None] = {}

    def missing(self) -> tuple[str, ...]:
        """The declared prerequisites that are not there or not patched, as sentences."""
        absent = tuple(text for item in self._declaration.prerequisites if (text := self._absent(item)))
        return (*absent, *pods.faults(self._declaration, self._graph, self._cluster))

    def observe(self) -> Matrix:
        """The third column; whatever can't be tried live is there as not tried."""
        return Matrix.of(self._cells())

    def without_value(self) -> tuple[str, ...]:
        """Secrets whose reader got in and found no value where one must be."""
        return values.without_value(self._declaration.secrets, self._read)

    def unversioned(self) -> tuple[str, ...]:
        """KV mounts of another version than 2, which existing ones may be, as sentences."""
        return tuple(
            f"KV mount {mount} is of version {version}, and version 2 is needed; its owner upgrades it "
            f"by `vault kv enable-versioning {mount}`"
            for mount, version in sorted(self._versions.items())
            if version not in (None, "2")
        )

    def contents(self) -> tuple[str, ...]:
        """What each reader found: key names and lengths of values."""
        return values.contents(self._read)

    def ages(self, now: datetime | None = None) -> Ages:
        """Whose value is older than declared; after `observe`."""
        return ages(self._declaration.secrets, self._readers, now)

    # --- cells ---

    def _cells(self) -> Iterator[Cell]:
        for actor in actors(self._declaration):
            reason = untried(self._declaration, actor)
            if reason is None:
                yield from self._principal(actor.name, self._declaration.principals[actor.name])
                continue
            for secret, about in sorted(self._declaration.secrets.items()):
                for verb in verbs_of(about):
                    yield Cell(actor.name, secret, verb, Answer.UNKNOWN, (reason,), tried=False)

    def _principal(self, name: str, principal: Principal) -> Iterator[Cell]:
        aws, vault = self._aws_login(name, principal), self._vault_login(name, principal)
        for secret, about in sorted(self._declaration.secrets.items()):
            for verb in verbs_of(about):
                if about.system == "aws":
                    attempt, tried = self._on_aws(aws, about, verb)
                else:
                    attempt, tried = _on_vault(vault, about, verb)
                    self._look_at_mount(vault, about, attempt)
                if verb == "read" and about.is_store and attempt.answer is Answer.YES:
                    self._read[(name, secret)] = attempt
                    self._note_reader(name, secret, aws[0] if about.system == "aws" else vault)
                yield Cell(name, secret, verb, attempt.answer, (attempt.reason,), tried=tried)

    def _note_reader(self, name: str, secret: str, login: AwsLogin | VaultLogin | Attempt) -> None:
        if aged(self._declaration.secrets[secret]) and not isinstance(login, Attempt):
            self._readers.setdefault(secret, (name, login))

    def _look_at_mount(self, login: VaultLogin | Attempt, secret: Secret, attempt: Attempt) -> None:
        mount = secret.mount or ""
        if (
            secret.is_store
            and isinstance(login, VaultLogin)
            and attempt.answer is Answer.YES
            and mount not in self._versions
        ):
            client = login.http.as_token(login.http.token, secret.vault_namespace)
            self._versions[mount] = kv_version(client, mount)

    def _on_aws(
        self, login: tuple[AwsLogin | Attempt, str | None], secret: Secret, verb: Verb
    ) -> tuple[Attempt, bool]:
        found, arn = login
        if isinstance(found, Attempt):
            return found, found.reason != _IN_A_POD
        if verb == "read":
            return found.read(secret), True
        attempt = self._simulated(arn or "", secret, verb)
        return attempt, attempt.answer is not Answer.UNKNOWN

    def _simulated(self, role_arn: str, secret: Secret, verb: Verb) -> Attempt:
        """iam:SimulatePrincipalPolicy with the caller's own credentials."""
        facts, ends = self._declaration.facts.aws, self._declaration.endpoints
        if facts is None:
            return refused("the stack has no AWS")
        resource = f"arn:{facts.partition}:secretsmanager:{secret.region}:{secret.account_id}:secret:"
        try:
            iam = own().client(
                "iam", region_name=facts.region, endpoint_url=ends.aws.url if ends.aws else None
            )
            answer = iam.simulate_principal_policy(
                PolicySourceArn=role_arn,
                ActionNames=[_ACTIONS[verb]],
                ResourceArns=["*"] if verb == "list" else [f"{resource}{secret.name}-000000"],
            )
        except (BotoCoreError, ClientError) as error:
            return unclear(f"not tried: iam:SimulatePrincipalPolicy can't be used ({aws_code(error)})")
        decision = cast("str", answer["EvaluationResults"][0]["EvalDecision"])
        found = f"SimulatePrincipalPolicy: {OutsideText(decision)}"
        return allowed(found) if decision == "allowed" else refused(found)

    # --- logins ---

    def _aws_login(self, name: str, principal: Principal) -> tuple[AwsLogin | Attempt, str | None]:
        if self._aws is None or principal.aws is None:
            return refused("the principal has no AWS identity"), None
        if principal.aws.method == "podIdentity":
            return unclear(_IN_A_POD), None
        try:
            account = self._cluster.service_account(principal.namespace, principal.service_account)
            metadata = cast("Mapping[str, Any]", account.get("metadata") or {})
            arn = cast("Mapping[str, str]", metadata.get("annotations") or {}).get(ROLE_ANNOTATION)
            if arn is None:
                return refused(f"the live ServiceAccount has no {ROLE_ANNOTATION} annotation"), None
            return self._aws.assume(arn, self._token(name, "aws")), arn
        except RefusedError as error:
            return refused(str(unless_denied(error))), None

    def _vault_login(self, name: str, principal: Principal) -> VaultLogin | Attempt:
        if self._vault is None or principal.vault is None:
            return refused("the principal has no Vault identity")
        identity = principal.vault
        try:
            token = self._token(name, "vault")
        except RefusedError as error:
            return refused(str(unless_denied(error)))
        return self._vault.login(identity.auth_mount, identity.role, token, identity.vault_namespace)

    def _token(self, name: str, backend: str) -> str:
        principal = self._declaration.principals[name]
        claims = self._wallet.natural(name, "aws" if backend == "aws" else "vault")
        return self._cluster.token(principal.namespace, principal.service_account, claims.audience[0])

    def _absent(self, item: Prerequisite) -> str | None:
        """Prerequisites of the cluster are looked at; those of AWS and Vault show in the logins."""
        there = f"namespaces/{item.namespace}"
        paths = {
            "namespace": f"/api/v1/namespaces/{item.name}",
            "serviceAccount": f"/api/v1/{there}/serviceaccounts/{item.name}",
            "operatorConfiguration": f"{mendix.API}/{there}/operatorconfigurations/{item.name}",
        }
        path = paths.get(item.kind)
        if path is None:
            return None
        what = f"{item.kind} {'/'.join(part for part in (item.namespace, item.name) if part)}"
        try:
            return None if self._cluster.exists(path) else f"{what} is not there; its owner must make it"
        except RefusedError as error:
            return f"{what} can't be looked at: {unless_denied(error)}"


def _on_vault(login: VaultLogin | Attempt, secret: Secret, verb: Verb) -> tuple[Attempt, bool]:
    if isinstance(login, Attempt):
        return login, True
    if verb == "read" and secret.is_store:
        return kv.attempt(login, secret, verb), True
    return login.capable(secret, verb), True
