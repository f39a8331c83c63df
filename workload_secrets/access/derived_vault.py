"""What Vault's auth roles and policies grant, as the graph holds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from workload_secrets.access import outsiders
from workload_secrets.access.candidates import Index
from workload_secrets.access.matrix import Cell, Place, cell
from workload_secrets.access.outsiders import Credential
from workload_secrets.access.principals import DEPLOYER, Actor, Wallet
from workload_secrets.access.vault_view import VaultRole, VaultView, vault_view
from workload_secrets.access.verbs import Way, verbs_of, ways
from workload_secrets.decide import vault_acl
from workload_secrets.decide.answer import Answer, Decision, both, either
from workload_secrets.decide.approle import SecretIdClaims, approle_login
from workload_secrets.decide.cert import CertificateClaims, cert_login
from workload_secrets.decide.claims import no
from workload_secrets.decide.kubernetes import TokenClaims, jwt_login, kubernetes_login
from workload_secrets.decide.namespaces import inner
from workload_secrets.decide.token_role import HandedToken, token_use
from workload_secrets.decide.vault_hcl import HclError
from workload_secrets.declaration import Declaration, Principal, Secret, VaultFacts, Verb
from workload_secrets.declaration.identity import JwtFacts
from workload_secrets.errors import InputError
from workload_secrets.graph.model import Graph

Granted: TypeAlias = tuple[str, Verb, Decision]


class VaultAccess:
    """Decides logins and rights from the documents of one graph."""

    def __init__(self, graph: Graph, declaration: Declaration) -> None:
        self._declaration = declaration
        self._view: VaultView = vault_view(graph, declaration)
        self._parsed = {place: _parse(text, place[1]) for place, text in self._view.policies.items()}
        self._index = Index((role.subjects, role.widest) for role in self._view.roles.values())
        self._issuers = issuers(declaration)
        self._secrets = {n: s for n, s in declaration.secrets.items() if s.system == "vault"}
        self._granted: dict[tuple[str, ...], list[Granted]] = {}
        namespaces = {role.namespace for role in self._view.roles.values()}
        self._reach = {namespace: self._paths(namespace) for namespace in namespaces}

    def natural(self, wallet: Wallet, name: str, secret: str, verb: Verb) -> Cell:
        """The declared way in: the principal's own auth mount and role."""
        principal = self._declaration.principals[name]
        place: Place = (name, secret, verb)
        role = self._role_of(principal)
        if role is None:
            return Cell(*place, Answer.NO, (_missing(principal),))
        shown = wallet.meant(name)
        asked = self._secrets[secret]
        granted = self._grant(role, outsiders.subject(principal), asked, ways(asked, verb)[:1])
        way = self.login(role, shown)
        decided = both([way, granted])
        if decided.answer is not Answer.YES:
            remedy = self._remedy(role, shown, ways(asked, verb)[0], way)
            decided = Decision(decided.answer, (*decided.reasons, remedy))
        return cell(place, decided, role.source)

    def any_route(self, wallet: Wallet, actor: Actor, at: tuple[str, str] | None = None) -> Iterator[Cell]:
        """Every right an actor has by any role of the graph, or by those `at` one auth mount and of
        one name; refusals are left out."""
        for role in self._index.find(actor.subject):
            if at is not None and (role.mount, role.name) != at:
                continue
            way = either([self.login(role, shown) for shown in wallet.shown(actor, role.kind)])
            if way.answer is Answer.NO:
                continue
            for secret, verb, granted in self._grants(role, actor.subject):
                yield cell((actor.name, secret, verb), both([way, granted]), role.source)

    def deployer(self, text: str) -> Iterator[Cell]:
        """What the deployer's own policy grants, whether it lies in the secrets' namespace or
        above it."""
        policy = _parse(text, DEPLOYER)
        for name, secret in self._secrets.items():
            for verb in verbs_of(secret):
                space = f"{secret.vault_namespace}/" if secret.vault_namespace else ""
                tried = [
                    _allows([policy], s, way)
                    for s in dict.fromkeys(("", space))
                    for way in ways(secret, verb)
                ]
                granted = either(tried)
                if granted.answer is not Answer.NO:
                    yield cell((DEPLOYER, name, verb), granted)

    def login(self, role: VaultRole, shown: Credential | None) -> Decision:
        """Whether what is shown logs in to a role; the reasons name mount and role."""
        found = self._decided(role, shown)
        return Decision(found.answer, tuple(f"login {role.mount}/{role.name}: {r}" for r in found.reasons))

    def _decided(self, role: VaultRole, shown: Credential | None) -> Decision:
        facts = self._declaration.facts
        if role.kind == "approle":
            secret_id = shown if isinstance(shown, SecretIdClaims) else None
            return approle_login(role.inputs, role.place, secret_id)
        if role.kind == "cert":
            certificate = shown if isinstance(shown, CertificateClaims) else None
            return cert_login(role.inputs, certificate, self._view.authorities)
        if role.kind == "token":
            return token_use(role.inputs, role.place, shown if isinstance(shown, HandedToken) else None)
        if not isinstance(shown, TokenClaims):
            return no("no token is shown")
        if role.kind == "jwt":
            issuer = self._issuers.get((role.namespace, role.mount), facts.cluster.oidc_issuer)
            return jwt_login(role.inputs, role.mount_inputs, shown, cluster_issuer=issuer)
        reviewer = facts.vault.reviewer if facts.vault else None
        return kubernetes_login(
            role.inputs,
            role.mount_inputs,
            shown,
            cluster_issuer=facts.cluster.oidc_issuer,
            api_audiences={facts.cluster.api_audience},
            reviewer=None if reviewer == "jwt" else reviewer,
            delegators=self._view.delegators,
            reviewer_subject=_reviewer_subject(facts.vault),
        )

    def _remedy(self, role: VaultRole, shown: Credential, need: Way, way: Decision) -> str:
        """What would let the declared principal in, or let it act once it is in."""
        if way.answer is not Answer.YES:
            return f"remedy: bind {role.mount}/{role.name} to {outsiders.described(shown)}"
        if foreign := self._foreign(role):
            return f"remedy: make the policy {foreign} in this stack, or take it off the role"
        return (
            f"remedy: a policy of {role.mount}/{role.name} must grant {need.capabilities[0]} on {need.path}"
        )

    def _role_of(self, principal: Principal) -> VaultRole | None:
        if principal.vault is None:
            return None
        v = principal.vault
        return self._view.roles.get((v.vault_namespace or "", v.auth_mount, v.role))

    def _grants(self, role: VaultRole, subject: str) -> list[Granted]:
        place = (role.namespace, role.mount, role.name, subject if self._templated(role) else "")
        if place not in self._granted:
            decided: Iterator[Granted] = (
                (name, verb, self._grant(role, subject, secret, ways(secret, verb)))
                for name, secret in ((n, self._secrets[n]) for n in self._candidates(role))
                for verb in verbs_of(secret)
            )
            self._granted[place] = [entry for entry in decided if entry[2].answer is not Answer.NO]
        return self._granted[place]

    def _candidates(self, role: VaultRole) -> list[str]:
        """The secrets that the role's policies can concern at all."""
        paths = [rule.path for policy in self._policies(role) for rule in policy.rules]
        if self._foreign(role) or any(sign in path for path in paths for sign in "*+{"):
            return list(self._secrets)
        reach = self._reach[role.namespace]
        return sorted({name for path in paths for name in reach.get(path.strip("/"), ())})

    def _paths(self, namespace: str) -> Mapping[str, set[str]]:
        """Which secrets stand behind an exact path, seen from a namespace."""
        found: dict[str, set[str]] = defaultdict(set)
        for name, secret in self._secrets.items():
            inside = inner(secret.vault_namespace or "", namespace)
            for verb in verbs_of(secret) if inside is not None else ():
                for way in ways(secret, verb):
                    found[f"{inside}{way.path}".strip("/")].add(name)
        return found

    def _grant(self, role: VaultRole, subject: str, secret: Secret, by: Sequence[Way]) -> Decision:
        inside = inner(secret.vault_namespace or "", role.namespace)
        if inside is None:
            return Decision(Answer.NO, (f"the token is of another Vault namespace than {secret.mount}",))
        identity, policies = _identity(role, subject), self._policies(role)
        granted = either([_allows(policies, inside, way, identity) for way in by])
        if granted.answer is Answer.NO and (foreign := self._foreign(role)):
            return Decision(Answer.UNKNOWN, (f"policy {foreign} is not in this stack",))
        return granted

    def _policies(self, role: VaultRole) -> list[vault_acl.Policy]:
        places = ((role.namespace, name) for name in role.policies)
        return [self._parsed[place] for place in places if place in self._parsed]

    def _templated(self, role: VaultRole) -> bool:
        return any("{{" in rule.path for policy in self._policies(role) for rule in policy.rules)

    def _foreign(self, role: VaultRole) -> str | None:
        """A policy that the graph doesn't hold. The built-in `default` reads no secret."""
        names = (n for n in role.policies if n != "default" and (role.namespace, n) not in self._parsed)
        return next(names, None)


def issuers(declaration: Declaration) -> Mapping[tuple[str, str], str]:
    """Whose keys a jwt mount is declared to trust, by namespace and path, where it isn't the
    cluster's."""
    return {
        (p.vault.vault_namespace or "", p.vault.auth_mount): p.identity.issuer
        for p in declaration.principals.values()
        if p.vault and isinstance(p.identity, JwtFacts)
    }


def _reviewer_subject(vault: VaultFacts | None) -> str | None:
    account = vault.reviewer_service_account if vault else None
    return f"system:serviceaccount:{account.replace('/', ':')}" if account else None


def _allows(
    policies: list[vault_acl.Policy], inside: str, way: Way, identity: Mapping[str, str] | None = None
) -> Decision:
    path = inside + way.path
    return either([vault_acl.allows(policies, path, name, identity) for name in way.capabilities])


def _parse(text: str, name: str) -> vault_acl.Policy:
    try:
        return vault_acl.Policy.parse(text, name)
    except HclError as error:
        raise InputError(f"Vault policy {name}: {error}") from None


def _identity(role: VaultRole, subject: str) -> dict[str, str]:
    """What templated policies see of a login: the alias of the auth mount.
    https://developer.hashicorp.com/vault/docs/concepts/policies#templated-policies"""
    prefix = f"identity.entity.aliases.{role.accessor}"
    if role.kind != "kubernetes":
        return {f"{prefix}.name": subject} if role.kind == "jwt" else {}
    namespace, _, name = subject.removeprefix("system:serviceaccount:").partition(":")
    return {
        f"{prefix}.metadata.service_account_namespace": namespace,
        f"{prefix}.metadata.service_account_name": name,
    }


def _missing(principal: Principal) -> str:
    if principal.vault is None:
        return "the principal has no Vault identity"
    return f"there is no role {principal.vault.role} on the auth mount {principal.vault.auth_mount}"
