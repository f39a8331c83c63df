"""Makes what a stack calls `existing`, and the accounts that only a proof needs.

Everything here is made by the sandbox's administrators, never by the stack's deployer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from workload_secrets.declaration import Declaration, Prerequisite
from workload_secrets.errors import ServerError
from workload_secrets.sandbox import (
    database_prerequisites,
    existing_engines,
    kubernetes,
    objects,
    rotation_role,
)
from workload_secrets.sandbox.aws.profile import admin_client
from workload_secrets.sandbox.aws.server import substitute_alias
from workload_secrets.sandbox.files import read_json
from workload_secrets.sandbox.handle import Cluster, Sandbox
from workload_secrets.sandbox.identities import Identities
from workload_secrets.sandbox.pods import workload_object
from workload_secrets.sandbox.rest import Refused, Rest

OPERATOR_CONFIGURATION: Final = "mendix-operator-configuration"
_MENDIX: Final = "privatecloud.mendix.com"
_REVIEWED: Final = "the sandbox cluster's API server, CA and reviewer"
_BAD_REQUEST: Final = 400


def make(sandbox: Sandbox, stack: str, declaration: Declaration) -> tuple[str, ...]:
    """Makes every declared prerequisite that is not there yet; returns what was substituted.

    Raises ServerError naming the prerequisite where a server refuses it.
    """
    maker = _Maker(sandbox, stack, declaration)
    for item in declaration.prerequisites:
        try:
            maker.make(item)
        except ServerError as error:
            raise ServerError(f"prerequisite {_described(item)}: {error}") from error
    return tuple(maker.substitutions)


def after_deploy(sandbox: Sandbox, stack: str, accounts: Iterable[tuple[str, str]] = ()) -> None:
    """What can only be made once the stack's own namespaces are there.

    Binds the prover's rights, and makes the ServiceAccounts (namespace, name) of the proof's
    intruders, with their namespaces.
    """
    rest = kubernetes.admin(_cluster(sandbox, stack))
    prover = read_json(sandbox.stacks[stack].prover_exec.with_name(kubernetes.PROVER_OBJECTS))
    objects.apply(rest, prover or [], suffix=stack)
    for namespace, name in sorted(set(accounts)):
        objects.ensure_service_account(rest, namespace, name)


def prover_anywhere(sandbox: Sandbox, stack: str) -> None:
    """The prover's rights by name in every namespace, for a sandbox that somebody else deploys
    into: its Roles can't stand before the stack's namespaces do."""
    rest = kubernetes.admin(_cluster(sandbox, stack))
    given: Any = read_json(sandbox.stacks[stack].prover_exec.with_name(kubernetes.PROVER_OBJECTS))
    items: list[dict[str, Any]] = given or []
    rules = [rule for item in items for rule in item.get("rules", ())]
    name, api = f"{objects.PROVER}:{stack}:anywhere", objects.RBAC
    subject = {"apiGroup": api, "kind": "User", "name": objects.PROVER}
    role = {"apiGroup": api, "kind": "ClusterRole", "name": name}
    kind: dict[str, Any] = {"apiVersion": f"{api}/v1", "metadata": {"name": name}}
    made = [
        {**kind, "kind": "ClusterRole", "rules": rules},
        {**kind, "kind": "ClusterRoleBinding", "roleRef": role, "subjects": [subject]},
    ]
    objects.apply(rest, made)


def _cluster(sandbox: Sandbox, stack: str) -> Cluster:
    return sandbox.clusters[sandbox.stacks[stack].cluster]


def _described(item: Prerequisite) -> str:
    given = item.model_dump(exclude_none=True)
    kind = given.pop("kind")
    return f"{kind} ({', '.join(f'{name} {value}' for name, value in given.items())})"


class _Maker:
    def __init__(self, sandbox: Sandbox, stack: str, declaration: Declaration) -> None:
        self._sandbox = sandbox
        self._stack = stack
        self._facts = declaration.facts
        self._declaration = declaration
        self._given_keys = [p.arn for p in declaration.prerequisites if p.kind == "kmsKey" and p.arn]
        self._cluster = _cluster(sandbox, stack)
        self._kubernetes = kubernetes.admin(self._cluster)
        self.substitutions: list[str] = []

    def make(self, item: Prerequisite) -> None:
        makers: Mapping[str, Callable[[Prerequisite], None]] = {
            "namespace": self._namespace,
            "serviceAccount": self._service_account,
            "operatorConfiguration": self._operator_configuration,
            "mendixRuntime": self._mendix_runtime,
            "kvMount": self._kv_mount,
            "pkiMount": self._pki_mount,
            "transitMount": self._transit_mount,
            "authMount": self._auth_mount,
            "vaultNamespace": self._vault_namespace,
            "oidcProvider": self._oidc_provider,
            "kmsKey": self._kms_key,
            "permissionsBoundary": self._permissions_boundary,
            "rotationRole": self._rotation_role,
            "workloadObject": self._workload_object,
            "database": self._database,
        }
        makers[item.kind](item)

    def _namespace(self, item: Prerequisite) -> None:
        objects.ensure_namespace(self._kubernetes, _need(item.name))

    def _service_account(self, item: Prerequisite) -> None:
        objects.ensure_service_account(self._kubernetes, _need(item.namespace), _need(item.name))

    def _workload_object(self, item: Prerequisite) -> None:
        namespace = _need(item.namespace)
        objects.ensure_namespace(self._kubernetes, namespace)
        made = workload_object(_need(item.type), namespace, _need(item.name))
        objects.ensure(self._kubernetes, objects.object_path(made).rpartition("/")[0], made)

    def _operator_configuration(self, item: Prerequisite) -> None:
        self._mendix_object("OperatorConfiguration", _need(item.namespace), OPERATOR_CONFIGURATION, {})

    def _mendix_runtime(self, item: Prerequisite) -> None:
        """The app's Runtime, as a person has edited it."""
        namespace, app = _need(item.namespace), _need(item.name)
        accounts = (
            principal.service_account
            for principal in self._declaration.principals.values()
            if (principal.namespace, principal.mendix_runtime) == (namespace, app)
        )
        account = _need(next(accounts, None))
        spec = {"template": {"spec": {"serviceAccountName": account}}}
        self._mendix_object("Runtime", namespace, app, spec)
        self.substitutions.append(
            f"Runtime {namespace}/{app} → an object that names the account {account}, with no operator "
            "that could roll it back"
        )

    def _mendix_object(self, kind: str, namespace: str, name: str, spec: Mapping[str, Any]) -> None:
        objects.ensure_namespace(self._kubernetes, namespace)
        objects.ensure_custom_resource(self._kubernetes, group=_MENDIX, version="v1alpha1", kind=kind)
        version = f"{_MENDIX}/v1alpha1"
        objects.ensure(
            self._kubernetes,
            f"/apis/{version}/namespaces/{namespace}/{kind.lower()}s",
            {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec},
        )

    def _vault(self, namespace: str | None) -> Rest:
        access = self._sandbox.stacks[self._stack]
        file, address = access.vault_admin_token_file, access.vault_address
        if file is None or address is None:
            raise ServerError("the sandbox has no Vault: no stack of it uses one")
        headers = {"X-Vault-Token": file.read_text()}
        if namespace:
            headers["X-Vault-Namespace"] = namespace
        return Rest(address, self._sandbox.ca_file, headers)

    def _vault_space(self) -> Rest:
        return self._vault(None if self._facts.vault is None else self._facts.vault.namespace)

    def _vault_namespace(self, item: Prerequisite) -> None:
        """With the namespaces above it: each is made from within its parent."""
        parent: list[str] = []
        for part in _need(item.name).strip("/").split("/"):
            _once(self._vault("/".join(parent)), "/v1/sys/namespaces", part, {})
            parent.append(part)

    def _kv_mount(self, item: Prerequisite) -> None:
        options = {"type": "kv", "options": {"version": "2"}}
        _once(self._vault_space(), "/v1/sys/mounts", _need(item.name).strip("/"), options)

    def _pki_mount(self, item: Prerequisite) -> None:
        path = _need(item.name).strip("/")
        self.substitutions.append(existing_engines.pki_mount(self._vault_space(), path))

    def _transit_mount(self, item: Prerequisite) -> None:
        existing_engines.mount(self._vault_space(), _need(item.name).strip("/"), {"type": "transit"})

    def _auth_mount(self, item: Prerequisite) -> None:
        """An auth mount that works: its owner has configured it for the stack's cluster."""
        path, kind = _need(item.name).strip("/"), item.type or "kubernetes"
        vault = self._vault_space()
        _once(vault, "/v1/sys/auth", path, {"type": kind})
        cluster = self._cluster
        if kind in ("approle", "cert"):
            return  # nothing to configure
        if kind == "jwt" and item.url:
            key = Identities(self._sandbox.folder).issuer(item.url).public_key_file.read_text()
            config: dict[str, Any] = {"jwt_validation_pubkeys": [key], "bound_issuer": item.url}
        elif kind == "jwt":
            config = {
                "jwt_validation_pubkeys": [cluster.public_key_file.read_text()],
                "bound_issuer": cluster.issuer,
            }
        else:
            config = {
                "kubernetes_host": cluster.api_server,
                "kubernetes_ca_cert": cluster.ca_file.read_text(),
                "disable_local_ca_jwt": True,
                "disable_iss_validation": True,
            }
            if self._facts.vault is None or self._facts.vault.reviewer != "client":
                config["token_reviewer_jwt"] = cluster.reviewer_token_file.read_text()
        vault.call("POST", f"/v1/auth/{path}/config", config)
        here = "the sandbox cluster's public keys" if kind == "jwt" else _REVIEWED
        self.substitutions.append(
            f"configuration of the existing auth mount {path} → {kind}, with "
            + ("a key that the sandbox signs with as its issuer" if item.url else here)
        )

    def _database(self, item: Prerequisite) -> None:
        name, stack = _need(item.name), (self._sandbox, self._stack, self._declaration)
        if item.type == "existing":
            database_prerequisites.make_connection(*stack, name, self._vault_space())
        else:
            database_prerequisites.make(*stack, name)
        self.substitutions.append(
            f"database of connection {name} → a PostgreSQL of the sandbox, with the declared tables, a row "
            "in each, and an admin who may hand out every right on them"
        )

    def _oidc_provider(self, item: Prerequisite) -> None:
        iam = admin_client(self._sandbox, self._stack, "iam")
        url, audience = _need(item.url), item.audience or "sts.amazonaws.com"
        host = url.removeprefix("https://").rstrip("/")
        known = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        if not any(found["Arn"].endswith(f"oidc-provider/{host}") for found in known):
            # IAM has ignored the thumbprint of well-known issuers since 2023; the emulator wants one.
            iam.create_open_id_connect_provider(Url=url, ClientIDList=[audience], ThumbprintList=["0" * 40])

    def _kms_key(self, item: Prerequisite) -> None:
        """A key in the place of a given one: no server lets its caller choose a key's ARN."""
        arn = _need(item.arn)
        kms = admin_client(self._sandbox, self._stack, "kms", region=arn.split(":")[3])
        alias = substitute_alias(arn)
        if not any(found["AliasName"] == alias for found in kms.list_aliases()["Aliases"]):
            key = kms.create_key(Description=f"stands in for {arn}")["KeyMetadata"]["KeyId"]
            kms.create_alias(AliasName=alias, TargetKeyId=key)
        self.substitutions.append(
            f"KMS key {arn} → a key of the emulator's own, with its default policy; grants are checked "
            "against the given ARN"
        )

    def _rotation_role(self, item: Prerequisite) -> None:
        said = rotation_role.make(self._sandbox, self._stack, _need(item.arn), self._given_keys)
        self.substitutions.append(said)

    def _permissions_boundary(self, item: Prerequisite) -> None:
        """A policy of that name that permits what the stack's roles are for."""
        arn = _need(item.arn)
        iam = admin_client(self._sandbox, self._stack, "iam")
        try:
            iam.get_policy(PolicyArn=arn)
            return
        except iam.exceptions.NoSuchEntityException:
            path, _, name = arn.partition(":policy")[2].rpartition("/")
        allow = {"Effect": "Allow", "Action": ["kms:*", "secretsmanager:*"], "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        iam.create_policy(PolicyName=name, Path=f"{path}/", PolicyDocument=document)
        self.substitutions.append(
            f"permissions boundary {arn} → a policy of its name that permits kms:* and secretsmanager:*"
        )


def _need(value: str | None) -> str:
    if value is None:
        raise ServerError("its declaration is incomplete")
    return value


def _once(vault: Rest, collection: str, name: str, body: Mapping[str, Any]) -> None:
    """Makes a mount, auth method or namespace unless it is there."""
    try:
        vault.call("POST", f"{collection}/{name}", body)
    except Refused as refused:
        there = "path is already in use" in refused.said or "already exists" in refused.said
        if refused.status != _BAD_REQUEST or not there:
            raise
