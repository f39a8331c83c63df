"""The objects that deliver secrets by csi, eso and vso: done as they say, compared with what is
declared. The operators themselves are not run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.access.usage.delivered import csi, eso, vso
from workload_secrets.access.usage.delivered.operator import Operator, Servers
from workload_secrets.access.usage.delivered.reading import Custom, ObjectError, Objects, Reading
from workload_secrets.declaration import Principal, Secret
from workload_secrets.declaration.delivery import Delivery
from workload_secrets.errors import ServerError

_HASHICORP: Final = "secrets.hashicorp.com/v1beta1"
KINDS: Final[Mapping[tuple[str, str], str]] = {
    ("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass"): "secretproviderclasses",
    ("external-secrets.io/v1", "SecretStore"): "secretstores",
    ("external-secrets.io/v1", "ExternalSecret"): "externalsecrets",
    ("generators.external-secrets.io/v1alpha1", "VaultDynamicSecret"): "vaultdynamicsecrets",
    (_HASHICORP, "VaultAuth"): "vaultauths",
    (_HASHICORP, "VaultConnection"): "vaultconnections",
    (_HASHICORP, "VaultDynamicSecret"): "vaultdynamicsecrets",
    (_HASHICORP, "VaultPKISecret"): "vaultpkisecrets",
    (_HASHICORP, "VaultStaticSecret"): "vaultstaticsecrets",
}
"""The plural of every kind whose meaning is known here, by API version and kind."""
NOT_RUN: Final[Mapping[str, str]] = {
    "csi": "the Secrets Store CSI driver and its providers were not run: its files were read as the "
    "classes say, trusting the sandbox's CA in place of the provider's file",
    "eso": "the External Secrets Operator was not run: what its objects say was done in its place",
    "vso": "the Vault Secrets Operator was not run: what its objects say was done in its place, trusting "
    "the sandbox's CA in place of the operator's",
}

Place = tuple[str, str]
"""A Kubernetes Secret (empty for files) and the name of a key or file in it."""


def prove(context: UsageContext) -> Usage:
    """Every workload that objects deliver to."""
    lines: list[str] = []
    problems: list[str] = []
    ways: set[str] = set()
    for name, principal in sorted(context.declaration.principals.items()):
        delivery = principal.delivery
        if delivery is not None and delivery.way in NOT_RUN:
            found = _Workload(context, name, principal, delivery).prove()
            lines += found.lines
            problems += found.problems
            ways.add(delivery.way)
    return Usage((*lines, *(NOT_RUN[way] for way in sorted(ways))), tuple(problems))


@dataclass
class _Workload:
    """One workload: what its objects deliver, and what they should."""

    context: UsageContext
    name: str
    principal: Principal
    delivery: Delivery
    problems: list[str] = field(default_factory=list[str])
    delivered: dict[Place, str] = field(default_factory=dict[Place, str])

    def prove(self) -> Usage:
        objects = self._objects()
        operator = Operator(self._servers())
        try:
            for item in objects.values():
                self._follow(item, objects, operator)
        finally:
            operator.close()
        compared = self._compare()
        where = f"{self.principal.namespace}/{self.principal.service_account}"
        line = (
            f"{self.name}: {_count(len(objects), 'object')} of {self.delivery.way} read back; "
            f"done as they say, {_count(operator.logins, 'login')} as {where} delivered "
            f"{_count(compared, 'key')} as declared"
        )
        left_out = tuple(f"{self.name}: {secret}: {why}, not tried" for secret, why in self._untried.items())
        return Usage((line, *left_out), tuple(f"{self.name}: {text}" for text in self.problems))

    def _servers(self) -> Servers:
        sandbox, endpoint = self.context.sandbox, self.context.declaration.endpoints.vault
        return Servers(
            cluster=self.context.cluster,
            ca_file=str(sandbox.ca_file),
            vault=endpoint.address if endpoint else "",
            aws_url=sandbox.aws_url,
        )

    # --- the objects ---

    def _objects(self) -> Objects:
        found: dict[tuple[str, str], Custom] = {}
        for api_version, kind, namespace, name in self._registered():
            path = f"/apis/{api_version}/namespaces/{namespace}/{KINDS[(api_version, kind)]}/{name}"
            try:
                live = self.context.cluster.read(path)
            except ServerError as error:
                self.problems.append(f"{kind} {namespace}/{name} can't be read back: {error}")
                continue
            spec = cast("Mapping[str, Any]", live.get("spec") or {})
            found[(kind, name)] = Custom(
                api_version=api_version, kind=kind, namespace=namespace, name=name, spec=spec
            )
        return found

    def _registered(self) -> Iterator[tuple[str, str, str, str]]:
        """API version, kind, namespace and name of what the stack made for this workload."""
        graph = self.context.graph
        owners = graph.where(lambda r: not r.custom and r.name == self.name)
        for resource in (child for owner in owners for child in graph.children(owner.urn)):
            api_version, kind = str(resource.inputs.get("apiVersion")), str(resource.inputs.get("kind"))
            if (api_version, kind) in KINDS:
                metadata = cast("Mapping[str, str]", resource.inputs["metadata"])
                yield api_version, kind, metadata["namespace"], metadata["name"]

    def _follow(self, item: Custom, objects: Objects, operator: Operator) -> None:
        try:
            for reading in self._readings(item, objects):
                if reading.path not in self._untried_paths:
                    self._deliver(reading, operator)
        except ObjectError as error:
            self.problems.append(str(error))

    def _readings(self, item: Custom, objects: Objects) -> Iterator[Reading]:
        if item.kind == "SecretProviderClass":
            yield from csi.readings(item, self.principal.service_account)
        elif item.kind == "ExternalSecret":
            yield from eso.readings(item, objects)
        elif item.kind in vso.SECRETS and item.api_version == _HASHICORP:
            facts = self.context.declaration.facts.vault
            stands_in = facts is not None and facts.product == "vault"
            yield from vso.readings(item, objects, empty_dates=not stands_in)

    def _deliver(self, reading: Reading, operator: Operator) -> None:
        try:
            found = operator.deliver(reading)
        except ObjectError as error:
            self.problems.append(str(error))
            return
        self.delivered |= {(reading.target, name): value for name, value in found.items()}

    # --- what should come of them ---

    @property
    def _untried(self) -> Mapping[str, str]:
        """Secrets of which nothing can be said, with the reason."""
        found: dict[str, str] = {}
        for name, secret in self._read().items():
            if secret.backend == "aws" and self.principal.aws and self.principal.aws.method == "podIdentity":
                found[name] = "a Pod Identity login can't be rehearsed"
            elif secret.is_store and name not in self.context.expected:
                found[name] = "nobody is declared to write it"
        return found

    @property
    def _untried_paths(self) -> frozenset[str]:
        secrets = (self.context.declaration.secrets[name] for name in self._untried)
        return frozenset(s.name or "" if s.backend == "aws" else f"{s.mount}/data/{s.path}" for s in secrets)

    def _read(self) -> Mapping[str, Secret]:
        names = dict.fromkeys(grant.secret for grant in self.principal.grants)
        return {name: self.context.declaration.secrets[name] for name in names}

    def _wanted(self) -> Iterator[tuple[Place, str, str]]:
        """Every place with the secret and key that should be there; key "": anything."""
        for file in self.delivery.files:
            if file.format == "json":
                yield ("", file.name), file.secret, ""
            for key, called in file.names.items():
                yield ("", called), file.secret, key
        for secret, target in self.delivery.kubernetes_secrets.items():
            about = self._read()[secret]
            names = [key.name for key in about.keys if key.in_use]
            names += ["username", "password"] if about.backend == "database" else []
            for key in names:
                yield (target, key), secret, key
            if about.backend == "pki":
                yield (target, "certificate"), secret, ""
                yield (target, "private_key"), secret, ""

    def _compare(self) -> int:
        """How many keys are as declared; what isn't becomes a problem."""
        good, wanted = 0, set[Place]()
        for place, secret, key in self._wanted():
            wanted.add(place)
            if secret in self._untried:
                continue
            expected = self.context.expected.get(secret, {}).get(key)
            fault = _fault(self.delivered.get(place), expected)
            if fault:
                self.problems.append(f"{secret}: {key or 'it'} as {_named(place)} {fault}")
            good += fault is None
        self.problems += [f"{_named(place)} is delivered, but not declared" for place in self._extra(wanted)]
        return good

    def _extra(self, wanted: set[Place]) -> Iterator[Place]:
        """What is delivered beside that; an engine's answer may hold more members, and the AWS
        provider writes the whole secret beside its keys."""
        secrets = self.delivery.kubernetes_secrets
        engines = {target for secret, target in secrets.items() if not self._read()[secret].is_store}
        known = wanted | {("", f"{file.name}.json") for file in self.delivery.files}
        return (p for p in sorted(self.delivered) if p not in known and p[0] not in engines)


def _fault(found: str | None, expected: str | None) -> str | None:
    if found is None:
        return "isn't delivered"
    if not found:
        return "is empty"
    return "is other than what was written" if expected is not None and found != expected else None


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _named(place: Place) -> str:
    target, name = place
    return f"key {name} of Kubernetes Secret {target}" if target else f"file {name}"
