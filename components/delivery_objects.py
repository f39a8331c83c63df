"""Which objects deliver a workload's secrets, where another operator acts on them.

Everything they say follows from the declaration: mount, path, keys, role, audience, account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from components import delivery
from components.config import products, resolve
from components.config.delivery import DeliveredFile
from components.config.delivery_objects import CsiFacts, CsiOptions, EsoOptions, VsoFacts, VsoOptions
from components.config.engines.database import DatabaseSecret
from components.config.engines.pki import PkiSecret
from components.config.resolve import Principal
from components.config.secrets import AwsSecret
from components.config.stack import StackConfig
from components.config.workloads import Workload
from components.documents import external_secrets as eso
from components.documents import secret_provider_class as csi
from components.documents import vault_secrets_operator as vso
from components.documents.delivered import PKI_KEYS, AwsRead, CustomObject, VaultClient, VaultRead
from components.vault_grants import place

WAYS: Final = ("csi", "eso", "vso")
"""The ways that are objects."""


def objects(config: StackConfig, principal: Principal, ca_pem: str | None = None) -> tuple[CustomObject, ...]:
    """The workload's objects, those first that others refer to; none for another delivery.

    `ca_pem` is the text of Vault's CA, which only ESO's objects carry.
    """
    workload = config.workloads.get(principal.name) if principal.kind == "workload" else None
    if workload is None or not principal.is_pod or workload.delivery not in WAYS:
        return ()
    makers = {"csi": _csi, "eso": _eso, "vso": _vso}
    return tuple(makers[workload.delivery](_Of(config, principal, workload, ca_pem)))


def every(config: StackConfig) -> tuple[CustomObject, ...]:
    """The objects of all workloads."""
    return tuple(item for p in resolve.principals(config).values() for item in objects(config, p))


def kubernetes_secret(workload: Workload, name: str, secret: str) -> str:
    """The Kubernetes Secret that a declared secret of the workload `name` goes to."""
    options = workload.eso if workload.delivery == "eso" else workload.vso
    own = f"{name}-{secret}"
    return options.kubernetes_secrets.get(secret, own) if options else own


def mounted_files(principal: Principal, workload: Workload) -> Mapping[str, DeliveredFile]:
    """The declared files of a csi workload; without any, every secret's keys by its name."""
    default = {name: DeliveredFile(secret=name, format="keys") for name in principal.reads}
    return workload.files or default


def file_names(
    config: StackConfig, principal: Principal, name: str, file: DeliveredFile
) -> Mapping[str, str]:
    """By key the file it is mounted as: FILE.KEY, for Mendix's operator KEY alone, or what `names`
    says. None where the secret is mounted as a whole."""
    secret = config.secrets[file.secret]
    if file.format == "json" and isinstance(secret, AwsSecret):
        return {}
    keys = PKI_KEYS if isinstance(secret, PkiSecret) else delivery.keys(config, file.secret)
    prefix = "" if principal.mendix else f"{name}."
    return {key: file.names.get(key, prefix + key) for key in keys}


class _Of:
    """One workload and what its objects are built from."""

    def __init__(
        self, config: StackConfig, principal: Principal, workload: Workload, ca_pem: str | None
    ) -> None:
        self.config, self.principal, self.workload = config, principal, workload
        self._ca_pem = ca_pem
        self.namespace = principal.namespace
        self.vault_namespace = config.facts.vault.namespace if config.facts.vault else None
        self.region = config.facts.aws.region if config.facts.aws else ""

    def client(self) -> VaultClient:
        """Only asked for where the stack has Vault, so both are there (checks/vault.py)."""
        facts, endpoint = self.config.facts.vault, self.config.endpoints.vault
        return VaultClient(
            address=endpoint.address if endpoint else "",
            auth_mount=facts.auth_mount if facts else "",
            role=self.principal.vault_role,
            audience=self.principal.vault_audience,
            service_account=self.principal.service_account,
            namespace=self.vault_namespace,
            ca_pem=self._ca_pem,
        )

    def aws(self, name: str) -> AwsRead | None:
        """The read of a secret in AWS; None where it isn't there."""
        secret = self.config.secrets[name]
        if not isinstance(secret, AwsSecret):
            return None
        return AwsRead(secret=name, name=secret.name, keys=delivery.keys(self.config, name))

    def vault(self, name: str) -> VaultRead | None:
        """The read of a secret in Vault; None where it isn't there."""
        secret = self.config.secrets[name]
        if isinstance(secret, AwsSecret):
            return None
        mount, path = place(self.config, secret)
        if isinstance(secret, PkiSecret):
            return _certificate(name, secret, mount)
        keys = delivery.keys(self.config, name)
        if isinstance(secret, DatabaseSecret):
            static = secret.username is not None
            return VaultRead(secret=name, kind="database", mount=mount, path=path, keys=keys, static=static)
        return VaultRead(secret=name, kind="kv", mount=mount, path=path, keys=keys)

    def kubernetes_secret(self, secret: str) -> str:
        return kubernetes_secret(self.workload, self.principal.name, secret)


def _certificate(name: str, secret: PkiSecret, mount: str) -> VaultRead:
    return VaultRead(
        secret=name,
        kind="pki",
        mount=mount,
        path=secret.role,
        keys=PKI_KEYS,
        common_name=secret.common_name,
        alt_names=secret.domains[1:] if secret.bare_domains else (),
        ttl_seconds=secret.ttl_seconds,
    )


def _csi(of: _Of) -> Iterator[CustomObject]:
    """One class for each system: a class has one provider."""
    facts = of.config.facts.cluster.csi or CsiFacts(token_audiences=())
    in_vault: list[csi.MountedVault] = []
    in_aws: list[csi.MountedAws] = []
    for name, file in mounted_files(of.principal, of.workload).items():
        if read := of.aws(file.secret):
            parts = _mounted(of, name, file)
            whole = f"{name}.json" if parts else name
            in_aws.append(csi.MountedAws(read=read, whole=whole, files=parts, mode=file.mode))
        elif read := of.vault(file.secret):
            parts = _mounted(of, name, file)
            in_vault.append(csi.MountedVault(read=read, files=parts, mode=file.mode))
    if in_vault:
        yield csi.vault_class(_place(of, "vault"), of.client(), in_vault, facts.vault_ca_path)
    if in_aws:
        pods = of.principal.identity.aws_identity == "podIdentity"
        yield csi.aws_class(_place(of, "aws"), of.region, in_aws, pod_identity=pods)


def _mounted(of: _Of, name: str, file: DeliveredFile) -> tuple[csi.MountedKey, ...]:
    called = file_names(of.config, of.principal, name, file)
    return tuple(csi.MountedKey(name=called[key], key=key) for key in called)


def _place(of: _Of, system: str) -> csi.ClassPlace:
    """Mendix's operator looks for a class named like the app."""
    app = of.workload.mendix.app if of.workload.mendix else None
    return csi.ClassPlace(
        role=system,
        namespace=of.namespace,
        name=app or f"{of.principal.name}-{system}",
        mendix=app is not None,
        sync_to=(of.workload.csi or CsiOptions()).sync_to,
    )


def _eso(of: _Of) -> Iterator[CustomObject]:
    """A store for each mount and for AWS, since each logs in as this workload alone."""
    made: set[tuple[str, str]] = set()
    for name in of.principal.reads:
        for item in _eso_secret(of, name):
            if (item.kind, item.name) not in made:
                yield item
            made.add((item.kind, item.name))


def _eso_secret(of: _Of, name: str) -> Iterator[CustomObject]:
    """The objects of one secret, its store first; another secret may have the same store."""
    if read := of.aws(name):
        store = f"{of.principal.name}-aws"
        account = of.principal.service_account
        yield eso.aws_store(of.namespace, store, "aws", region=of.region, service_account=account)
        yield eso.aws_external_secret(_external(of, name, store), read)
    elif (read := of.vault(name)) and read.kind == "kv":
        role = f"vault-{_label(read.mount)}"
        store = f"{of.principal.name}-{role}"
        yield eso.vault_store(of.namespace, store, role, of.client(), read.mount)
        yield eso.vault_external_secret(_external(of, name, store), read)
    elif read:
        generator = of.kubernetes_secret(name)
        yield eso.vault_generator(of.namespace, generator, of.client(), read)
        yield eso.generated_external_secret(_external(of, name, generator), read)


def _label(mount: str) -> str:
    """A mount's path as a part of an object's name."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in mount.lower()).strip("-")


def _external(of: _Of, secret: str, source: str) -> eso.Synced:
    return eso.Synced(
        namespace=of.namespace,
        name=of.kubernetes_secret(secret),
        source=source,
        refresh_seconds=(of.workload.eso or EsoOptions()).refresh_seconds,
    )


def _vso(of: _Of) -> Iterator[CustomObject]:
    """A connection and a login of the workload's own, then one object a secret."""
    facts = of.config.facts.cluster.vso or VsoFacts()
    name, client = of.principal.name, of.client()
    yield vso.connection(of.namespace, name, client, ca_path=facts.ca_path, ca_secret=facts.ca_secret)
    yield vso.auth(of.namespace, name, client)
    vault = of.config.facts.vault
    pki = vso.pki_secret if vault and products.can(vault, "emptyNotAfter") else vso.certificate
    makers = {"kv": vso.static_secret, "database": vso.dynamic_secret, "pki": pki}
    options = of.workload.vso or VsoOptions()
    for secret in of.principal.reads:
        read = of.vault(secret)
        if read is None:
            continue
        synced = vso.Synced(
            namespace=of.namespace,
            name=of.kubernetes_secret(secret),
            auth=name,
            refresh_seconds=options.refresh_seconds,
            restart=tuple(restarts(of.workload)),
            vault_namespace=of.vault_namespace,
        )
        yield makers[read.kind](synced, read)


def restarts(workload: Workload) -> Iterator[vso.Restart]:
    """What is restarted when a value changed: as declared, else the workload's own target."""
    given = workload.vso.restart if workload.vso else None
    if given is not None:
        yield from (vso.Restart(kind=target.kind, name=target.name) for target in given)
    elif workload.target is not None and workload.target.kind in ("Deployment", "StatefulSet", "DaemonSet"):
        yield vso.Restart(kind=workload.target.kind, name=workload.target.name)
