"""What trusts, identity policies, secret policies and key policies grant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias, cast

from workload_secrets.access.aws_view import AwsRole, AwsSecretView, AwsView, aws_view
from workload_secrets.access.candidates import Index, granted_names, trusted_subjects
from workload_secrets.access.documents import Reader, document
from workload_secrets.access.matrix import Cell, Place, cell
from workload_secrets.access.principals import DEPLOYER, Actor, Wallet
from workload_secrets.access.rotators import rotators
from workload_secrets.access.verbs import VERBS_OF
from workload_secrets.decide import iam
from workload_secrets.decide.answer import Answer, Decision, both, either
from workload_secrets.decide.kubernetes import TokenClaims
from workload_secrets.declaration import AwsFacts, Declaration, Verb
from workload_secrets.graph.model import Graph

Granted: TypeAlias = tuple[str, Verb, Decision]


class AwsAccess:
    """Decides logins and rights from the documents of one graph."""

    def __init__(self, graph: Graph, declaration: Declaration, facts: AwsFacts) -> None:
        self._declaration = declaration
        self._facts = facts
        self._view: AwsView = aws_view(graph, declaration)
        self._index = Index((trusted_subjects(role.trust), role) for role in self._view.roles.values())
        self._names = {s.name: name for name, s in declaration.secrets.items() if s.name}
        self._granted: dict[str, list[Granted]] = {}
        self._read = Reader()

    def natural(self, wallet: Wallet, name: str, secret: str, verb: Verb) -> Cell:
        """The declared way in: the role of the ServiceAccount's annotation, or the one a
        pod identity association gives it."""
        principal = self._declaration.principals[name]
        place: Place = (name, secret, verb)
        if principal.aws is not None and principal.aws.method == "webIdentity":
            return self._told(wallet, place, principal.aws.role_arn or "")
        account = (principal.namespace, principal.service_account)
        associated = principal.aws is not None and principal.aws.method == "podIdentity"
        arn = (self._view.associated_arn if associated else self._view.bound_arn).get(account)
        if arn is None:
            what = "pod identity association" if associated else "role-arn annotation"
            reason = f"ServiceAccount {account[0]}/{account[1]} has no {what}"
            return Cell(*place, Answer.NO, (reason,), self._view.sources.get(account, ""))
        role = self._view.roles.get(arn)
        if role is None:
            reason = f"ServiceAccount {account[0]}/{account[1]} names {arn}, which no stack resource makes"
            return Cell(*place, Answer.NO, (reason,), self._view.sources.get(account, ""))
        way = self._associated(role, account) if associated else self.login(role, wallet.natural(name, "aws"))
        return cell(place, both([way, self._grant(role, secret, verb)]), role.source)

    def _told(self, wallet: Wallet, place: Place, arn: str) -> Cell:
        """The way in of a job, which is told its role."""
        name, secret, verb = place
        role = self._view.roles.get(arn)
        if role is None:
            return Cell(*place, Answer.NO, (f"no stack resource makes the role {arn}",))
        granted = self._grant(role, secret, verb)
        return cell(place, both([self.login(role, wallet.natural(name, "aws")), granted]), role.source)

    def any_route(self, wallet: Wallet, actor: Actor) -> Iterator[Cell]:
        """Every right an actor has by any role of the graph; refusals are left out."""
        for role, way in self._ways(wallet, actor):
            if way.answer is Answer.NO:
                continue
            for secret, verb, granted in self._grants(role):
                yield cell((actor.name, secret, verb), both([way, granted]), role.source)

    def deployer(self, policy: str) -> Iterator[Cell]:
        """What the deployer's own policy grants."""
        facts = self._facts
        arn = f"arn:{facts.partition}:iam::{facts.account_id}:role/{DEPLOYER}"
        role = AwsRole(DEPLOYER, arn, {}, (document(policy),), None, (), "")
        for name, secret in self._view.secrets.items():
            for verb in VERBS_OF["aws"]:
                granted = both(
                    [
                        self._evaluate(role, replace(secret, key_arn=None), verb),
                        self._tagged(role, secret, verb),
                    ]
                )
                if granted.answer is not Answer.NO:
                    yield cell((DEPLOYER, name, verb), granted)

    def rotators(self) -> Iterator[Cell]:
        """What the policies of secrets and keys grant to rotation functions. Their roles belong
        to others, who are trusted to let them use a given key; a login shows it."""
        given = {p.arn for p in self._declaration.prerequisites if p.kind == "kmsKey"}
        for who in rotators(self._declaration).values():
            role = AwsRole(who.name, who.role_arn, {}, (), None, (), "")
            for name, secret in self._view.secrets.items():
                view = replace(secret, key_arn=None) if secret.key_arn in given else secret
                for verb in VERBS_OF["aws"]:
                    granted = self._evaluate(role, view, verb)
                    if granted.answer is not Answer.NO:
                        yield cell((who.name, name, verb), granted, secret.source)

    def _tagged(self, role: AwsRole, secret: AwsSecretView, verb: Verb) -> Decision:
        """The key's half for the deployer, who is bound to keys by their tags: a key's ARN
        isn't known before it is made."""
        if verb == "list" or secret.key_arn is None:
            return Decision(Answer.YES)
        facts = self._facts
        suffix = "amazonaws.com.cn" if facts.partition == "aws-cn" else "amazonaws.com"
        context = {
            "aws:PrincipalArn": role.arn,
            "aws:PrincipalAccount": facts.account_id,
            "aws:SecureTransport": "true",
            "kms:CallerAccount": facts.account_id,
            "kms:ViaService": f"secretsmanager.{facts.region}.{suffix}",
            "kms:EncryptionContext:SecretARN": secret.arn,
            **{f"aws:ResourceTag/{name}": value for name, value in secret.key_tags.items()},
        }
        action = "kms:Decrypt" if verb == "read" else "kms:GenerateDataKey"
        request = iam.Request(action=action, resource=secret.key_arn, principal=role.arn, context=context)
        found = iam.identity(
            self._read.all(role.policies, "identity policy"),
            request,
            self._read.maybe(role.boundary, "permissions boundary"),
            self._read.maybe(secret.key_policy, "key policy"),
            enabling=True,
        )
        return _named("key", found)

    def login(self, role: AwsRole, token: TokenClaims) -> Decision:
        """AssumeRoleWithWebIdentity with a token, by the account's OIDC provider."""
        audiences = self._view.audiences.get(token.issuer)
        if audiences is None:
            return _no(f"assume {role.name}: the account has no OIDC provider for {token.issuer}")
        facts = self._facts
        host = token.issuer.removeprefix("https://")
        found = iam.web_identity(
            self._read.one(role.trust, "trust policy"),
            provider_arn=f"arn:{facts.partition}:iam::{facts.account_id}:oidc-provider/{host}",
            issuer=token.issuer,
            token=token,
            client_ids=audiences or None,
        )
        return _named(f"assume {role.name}", found)

    def _ways(self, wallet: Wallet, actor: Actor) -> Iterator[tuple[AwsRole, Decision]]:
        for role in self._index.find(actor.subject):
            yield role, either([self.login(role, token) for token in wallet.tokens(actor, "aws")])
        arn = self._view.associated_arn.get((actor.namespace, actor.service_account))
        if actor.kind != "intruder" and arn is not None and arn in self._view.roles:
            role = self._view.roles[arn]
            yield role, self._associated(role, (actor.namespace, actor.service_account))

    def _associated(self, role: AwsRole, account: tuple[str, str]) -> Decision:
        facts, cluster = self._facts, self._declaration.facts.cluster
        arn = f"arn:{facts.partition}:eks:{facts.region}:{facts.account_id}:cluster/{cluster.name}"
        tags = {
            "kubernetes-namespace": account[0],
            "kubernetes-service-account": account[1],
            "eks-cluster-arn": arn,
            "eks-cluster-name": cluster.name,
        }
        return _named(
            f"assume {role.name}", iam.pod_identity(self._read.one(role.trust, "trust policy"), tags)
        )

    def _grants(self, role: AwsRole) -> list[Granted]:
        if role.arn not in self._granted:
            self._granted[role.arn] = self._decide(role)
        return self._granted[role.arn]

    def _decide(self, role: AwsRole) -> list[Granted]:
        decided: Iterator[Granted] = (
            (name, verb, self._grant(role, name, verb))
            for name in self._candidates(role)
            for verb in VERBS_OF["aws"]
        )
        return [entry for entry in decided if entry[2].answer is not Answer.NO]

    def _candidates(self, role: AwsRole) -> tuple[str, ...]:
        names = granted_names(role.policies)
        if names is None or role.opaque:
            return tuple(self._view.secrets)
        return tuple(sorted(self._names[n] for n in names if n in self._names))

    def _grant(self, role: AwsRole, name: str, verb: Verb) -> Decision:
        secret = self._view.secrets.get(name)
        if secret is None:
            return Decision(Answer.NO, (f"the stack makes no secret {name}",))
        found = self._evaluate(role, secret, verb)
        if role.opaque and found.answer is not Answer.YES:
            return Decision(Answer.UNKNOWN, (f"{role.opaque[0]} is not in this stack",))
        if role.limit and found.answer is Answer.YES:
            return Decision(Answer.UNKNOWN, (f"the boundary {role.limit} is neither declared nor made here",))
        return found

    def _evaluate(self, role: AwsRole, secret: AwsSecretView, verb: Verb) -> Decision:
        read = self._read
        key_policy = read.maybe(secret.key_policy, "key policy")
        key = iam.Key(arn=secret.key_arn, policy=key_policy, tags=secret.key_tags) if secret.key_arn else None
        return iam.secret_access(
            cast("iam.Verb", verb),
            role_arn=role.arn,
            secret_arn=secret.arn,
            policies=read.all(role.policies, "identity policy"),
            boundary=read.maybe(role.boundary, "permissions boundary"),
            secret_policy=read.maybe(secret.policy, "resource policy"),
            key=key,
        )


def _no(reason: str) -> Decision:
    return Decision(Answer.NO, (reason,))


def _named(what: str, found: Decision) -> Decision:
    return Decision(found.answer, tuple(f"{what}: {reason}" for reason in found.reasons))
