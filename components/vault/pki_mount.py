"""A PKI mount with its CA: a root, or an intermediate that another mount or an outsider signs.

The CA's private key is made inside Vault (`internal`) and can't be read by anybody. What is
deliberately left out: ACME, EST and the other enrolment protocols, and exported keys.
"""

from __future__ import annotations

from typing import Final, Literal

import pulumi
import pulumi_vault as vault

from components.config.base import Manage
from components.config.engines.pki import AutoTidy, KeyType, PkiUrls
from components.inputs import Args, guarded

TOKEN = "workload-secrets:vault:PkiMount"  # noqa: S105 a type token
_LEAVES_ONLY: Final = 0
"""An intermediate signs certificates of workloads and no further CA."""
_CRL_EXPIRY, _CRL_GRACE, _OCSP_EXPIRY = "72h", "12h", "12h"
"""The server's own defaults, written out because only `auto_rebuild` differs from them."""


class PkiMountArgs(Args):
    """`ca_ttl_seconds` is the life of the CA's certificate, and the mount's longest lease.

    `signer` is the path of the mount that signs, with `signer_issuer` as what to wait for;
    `chain_pem` the answer of an external CA. An intermediate with neither waits for one.
    `after`: the Vault namespace, where this stack makes it.
    """

    path: str
    common_name: str
    ca_ttl_seconds: int
    manage: Manage = "create"
    kind: Literal["root", "intermediate"] = "root"
    description: str | None = None
    key_type: KeyType = "ec"
    key_bits: int = 384
    signer: str | None = None
    signer_issuer: pulumi.Resource | None = None
    chain_pem: str | None = None
    urls: PkiUrls = PkiUrls()
    tidy: AutoTidy = AutoTidy()
    protect: bool = False
    after: pulumi.Resource | None = None


class PkiMount(pulumi.ComponentResource):
    """The mount, its URLs, CRL and auto-tidy, and its CA. `existing` registers nothing.

    `csr` is the request that an external CA signs, None for any other mount. `issuer` is
    what roles wait for; None where the mount exists, or has no certificate yet. `ca_pem` is the
    CA's own certificate, where this stack makes it: None for any other mount.
    """

    path: pulumi.Output[str]
    csr: pulumi.Output[str | None]

    def __init__(self, name: str, args: PkiMountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self.issuer: pulumi.Resource | None = None
        self.ca_pem: pulumi.Output[str] | None = None
        self.path = pulumi.Output.from_input(args.path)
        self.csr = pulumi.Output.from_input(None)
        if args.manage == "create":
            self._create()
        self.register_outputs({"path": self.path, "csr": self.csr})

    def _create(self) -> None:
        args, name = self._args, self._name
        mount = vault.Mount(
            f"{name}-mount",
            path=args.path,
            type="pki",
            description=args.description,
            max_lease_ttl_seconds=args.ca_ttl_seconds,  # the server's 32 days would cut the CA short
            opts=guarded(self, protect=args.protect, after=[args.after]),
        )
        self.path = mount.path
        urls = self._urls(mount)
        self._upkeep(mount)
        before = [urls] if urls else []  # a certificate holds the URLs of the moment it was signed
        self.issuer = self._root(mount, before) if args.kind == "root" else self._intermediate(mount, before)

    def _urls(self, mount: vault.Mount) -> pulumi.Resource | None:
        urls = self._args.urls
        if not (urls.issuers or urls.crl or urls.ocsp):
            return None
        return vault.pkisecret.SecretBackendConfigUrls(
            f"{self._name}-urls",
            backend=mount.path,
            issuing_certificates=list(urls.issuers),
            crl_distribution_points=list(urls.crl),
            ocsp_servers=list(urls.ocsp),
            opts=self._child,
        )

    def _upkeep(self, mount: vault.Mount) -> None:
        tidy = self._args.tidy
        vault.pkisecret.SecretBackendCrlConfig(
            f"{self._name}-crl",
            backend=mount.path,
            auto_rebuild=True,  # else an unread CRL expires and every check against it fails
            auto_rebuild_grace_period=_CRL_GRACE,
            expiry=_CRL_EXPIRY,
            ocsp_expiry=_OCSP_EXPIRY,
            opts=self._child,
        )
        vault.pkisecret.BackendConfigAutoTidy(
            f"{self._name}-tidy",
            backend=mount.path,
            enabled=True,
            # All default to false, and then enabling alone tidies nothing.
            tidy_cert_store=tidy.certificates,
            tidy_revoked_certs=tidy.revoked_certificates,
            tidy_revoked_cert_issuer_associations=tidy.revoked_certificates,
            tidy_expired_issuers=tidy.expired_issuers,
            # The provider refuses these without a unit, unlike every other life here.
            interval_duration=f"{tidy.interval_seconds}s",
            safety_buffer=f"{tidy.buffer_seconds}s",
            issuer_safety_buffer=f"{tidy.issuer_buffer_seconds}s",
            opts=self._child,
        )

    def _root(self, mount: vault.Mount, before: list[pulumi.Resource]) -> pulumi.Resource:
        args = self._args
        root = vault.pkisecret.SecretBackendRootCert(
            f"{self._name}-root",
            backend=mount.path,
            type="internal",
            common_name=args.common_name,
            exclude_cn_from_sans=True,  # a CA's name is no host name
            key_type=args.key_type,
            key_bits=args.key_bits,
            ttl=str(args.ca_ttl_seconds),
            opts=pulumi.ResourceOptions.merge(
                self._holding(before),
                # It goes with its mount. Deleting it alone would need a right on every issuer there.
                pulumi.ResourceOptions(retain_on_delete=True),
            ),
        )
        self.ca_pem = root.certificate
        return root

    def _intermediate(self, mount: vault.Mount, before: list[pulumi.Resource]) -> pulumi.Resource | None:
        args = self._args
        request = vault.pkisecret.SecretBackendIntermediateCertRequest(
            f"{self._name}-request",
            backend=mount.path,
            type="internal",
            common_name=args.common_name,
            exclude_cn_from_sans=True,
            key_type=args.key_type,
            key_bits=args.key_bits,
            opts=self._holding(before),
        )
        certificate: pulumi.Input[str]
        if args.signer:
            certificate = self._signed(args.signer, request)
        else:
            self.csr = request.csr.apply(lambda csr: csr)
            if args.chain_pem is None:
                return None
            certificate = args.chain_pem
        return vault.pkisecret.SecretBackendIntermediateSetSigned(
            f"{self._name}-certificate",
            backend=mount.path,
            certificate=certificate,
            opts=pulumi.ResourceOptions.merge(self._child, pulumi.ResourceOptions(depends_on=[request])),
        )

    def _signed(
        self, signer: str, request: vault.pkisecret.SecretBackendIntermediateCertRequest
    ) -> pulumi.Output[str]:
        args = self._args
        signed = vault.pkisecret.SecretBackendRootSignIntermediate(
            f"{self._name}-signed",
            backend=signer,
            csr=request.csr,
            common_name=args.common_name,
            exclude_cn_from_sans=True,
            max_path_length=_LEAVES_ONLY,
            ttl=str(args.ca_ttl_seconds),
            opts=self._holding([args.signer_issuer] if args.signer_issuer else []),
        )
        self.ca_pem = signed.certificate
        return signed.certificate_bundle

    def _holding(self, before: list[pulumi.Resource]) -> pulumi.ResourceOptions:
        """Options of a part of the CA, which a replacement would lose."""
        return guarded(self, protect=self._args.protect, after=before)
