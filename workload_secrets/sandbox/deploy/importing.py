"""What an import takes: the form of the id, by resource type, and which inputs it stands for.

The forms are the real providers' own, so that a command tried here works with them too.
Vault: the section Import of website/docs/r/*.md in terraform-provider-vault as of 2026-08-20, or
the id that vault/resource_*.go sets. AWS: the section Import of each resource's page at
https://registry.terraform.io/providers/hashicorp/aws/latest/docs. Kubernetes: NAMESPACE/NAME or
NAME, https://www.pulumi.com/registry/packages/kubernetes/api-docs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from workload_secrets.sandbox.deploy.inputs import Inputs, KnownInputs
from workload_secrets.sandbox.deploy.kubernetes.kinds import find, is_object
from workload_secrets.sandbox.deploy.outcome import HandlerError

_NAME: Final = re.compile(r"\{(\w+)\}")
_SET_BY_SERVER: Final = frozenset(
    {"creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"}
)
_NO_INPUTS: Final = frozenset({"account", "id", "partition", "random", "region"})
"""What stands in an id and is no input, or follows from the provider."""
IMPORTED: Final = "__imported"
"""The input that marks a resource whose program wasn't compared with it yet. Names that begin with
two underscores are internal to providers, and no diff shows them."""


@dataclass(frozen=True)
class Form:
    """`text` is the id, with the names of inputs in braces; `before` is what an input begins with that
    the id leaves out. `fixed` is what the handler accepts alone. `stand_ins` are what it needs to
    read the object, and say nothing of it."""

    text: str
    before: Mapping[str, str] = field(default_factory=dict[str, str])
    fixed: Mapping[str, Any] = field(default_factory=dict[str, Any])
    stand_ins: Mapping[str, Any] = field(default_factory=dict[str, Any])


_ROLE: Final = Form("auth/{backend}/role/{roleName}")
FORMS: Final[Mapping[str, Form]] = {
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Form(
        "arn:{partition}:iam::{account}:oidc-provider/{url}", before={"url": "https://"}
    ),
    "aws:iam/role:Role": Form("{name}"),
    "aws:iam/rolePolicy:RolePolicy": Form("{role}:{name}"),
    "aws:kms/alias:Alias": Form("{name}"),
    "aws:kms/key:Key": Form("{id}"),
    "aws:secretsmanager/secret:Secret": Form(
        "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{random}"
    ),
    "aws:secretsmanager/secretPolicy:SecretPolicy": Form("{secretArn}"),
    "aws:secretsmanager/secretRotation:SecretRotation": Form("{secretId}"),
    "vault:appRole/authBackendRole:AuthBackendRole": _ROLE,
    "vault:database/secretBackendConnection:SecretBackendConnection": Form("{backend}/config/{name}"),
    "vault:database/secretBackendRole:SecretBackendRole": Form("{backend}/roles/{name}"),
    "vault:database/secretBackendStaticRole:SecretBackendStaticRole": Form("{backend}/static-roles/{name}"),
    "vault:index/authBackend:AuthBackend": Form("{path}"),
    "vault:index/mount:Mount": Form("{path}"),
    "vault:index/namespace:Namespace": Form("{path}"),
    "vault:index/policy:Policy": Form("{name}", fixed={"allowOverwrite": False}),
    "vault:jwt/authBackend:AuthBackend": Form("{path}", stand_ins={"jwtValidationPubkeys": ["-"]}),
    "vault:jwt/authBackendRole:AuthBackendRole": _ROLE,
    "vault:kubernetes/authBackendConfig:AuthBackendConfig": Form("auth/{backend}/config"),
    "vault:kubernetes/authBackendRole:AuthBackendRole": _ROLE,
    "vault:kv/secretBackendV2:SecretBackendV2": Form("{mount}/config"),
    "vault:pkiSecret/backendConfigAutoTidy:BackendConfigAutoTidy": Form("{backend}/config/auto-tidy"),
    "vault:pkiSecret/secretBackendConfigUrls:SecretBackendConfigUrls": Form("{backend}/config/urls"),
    "vault:pkiSecret/secretBackendCrlConfig:SecretBackendCrlConfig": Form("{backend}/config/crl"),
    "vault:pkiSecret/secretBackendRole:SecretBackendRole": Form("{backend}/roles/{name}"),
    "vault:tokenauth/authBackendRole:AuthBackendRole": Form("auth/token/roles/{roleName}"),
    "vault:transit/secretBackendKey:SecretBackendKey": Form("{backend}/keys/{name}"),
}
"""By type token."""

_NO_IMPORTER: Final = "the real provider has no import for it (terraform-provider-vault, vault/{})"
REFUSED: Final[Mapping[str, str]] = {
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": (
        "here it is found by namespace and account alone; the real provider takes CLUSTER,ASSOCIATION"
    ),
    "kubernetes:helm.sh/v3:Release": (
        "here a release of Helm is declared only; the real provider takes NAMESPACE/NAME"
    ),
    "vault:index/audit:Audit": "here an audit device is declared only; the real provider takes PATH",
    "vault:index/certAuthBackendRole:CertAuthBackendRole": _NO_IMPORTER.format(
        "resource_cert_auth_backend_role.go"
    ),
    **{
        f"vault:pkiSecret/secretBackend{name}:SecretBackend{name}": _NO_IMPORTER.format(
            f"resource_pki_secret_backend_{file}.go"
        )
        for name, file in {
            "IntermediateCertRequest": "intermediate_cert_request",
            "IntermediateSetSigned": "intermediate_set_signed",
            "RootCert": "root_cert",
            "RootSignIntermediate": "root_sign_intermediate",
        }.items()
    },
}
"""By type token, why not."""


class ImportedInputs(KnownInputs):
    """The inputs that an id stands for, for a handler that only reads.

    A text that must be there is empty, since the server will tell it. `asked` are the names that the
    handler knows.
    """

    def __init__(self, values: Mapping[str, Any], prefix: str = "") -> None:
        super().__init__(values, prefix)
        self.asked: set[str] = set()

    def take(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().take(name, default)

    def text(self, name: str) -> str:
        return self.optional_text(name) or ""

    def given(self, name: str) -> Any:
        self.asked.add(name)
        return super().given(name)


def form_of(type_: str) -> str:
    """How the id of a type looks, such as auth/BACKEND/role/ROLENAME. Raises HandlerError where a
    resource of that type can't be imported."""
    if is_object(type_):
        kind, patch = find(type_)
        if patch:
            raise HandlerError(f"{type_} can't be imported: a patch is no object of its own")
        return "NAMESPACE/NAME" if kind.namespaced else "NAME"
    if type_ in REFUSED:
        raise HandlerError(f"{type_} can't be imported: {REFUSED[type_]}")
    if type_ not in FORMS:
        raise HandlerError(f"no handler for type {type_}: the sandbox can't import it")
    return _NAME.sub(lambda name: name.group(1).upper(), FORMS[type_].text)


def place(type_: str, id_: str) -> dict[str, Any]:
    """The inputs that an id stands for. Raises HandlerError where it has another form, or where a
    resource of that type can't be imported."""
    form = form_of(type_)
    found = _object(type_, id_) if is_object(type_) else _matched(type_, id_)
    if found is None:
        raise HandlerError(f"{id_} is no id of {type_}: it has the form {form}")
    return found


def readable(type_: str, inputs: Mapping[str, Any]) -> Inputs:
    """Inputs of the state for a handler that reads or deletes. What an import found may lack some that a
    program must give."""
    if IMPORTED not in inputs:
        return KnownInputs(inputs)
    form = FORMS.get(type_, Form(""))
    return ImportedInputs({**form.stand_ins, **{k: v for k, v in inputs.items() if k != IMPORTED}})


def imported(
    type_: str, known: Mapping[str, Any], inputs: ImportedInputs, outputs: Mapping[str, Any]
) -> dict[str, Any]:
    """The inputs of an object as its server has it: those that `inputs` was asked for and that say
    something. `known` is what `place` gave.

    Empty ones are left out, as the real providers' bridge does:
    https://github.com/pulumi/pulumi-terraform-bridge/blob/main/pkg/tfbridge/schema.go
    """
    if is_object(type_):
        return _object_inputs(type_, outputs)
    stand_ins = FORMS[type_].stand_ins
    found = {name: outputs[name] for name in sorted(inputs.asked & outputs.keys())}
    said = {name: value for name, value in found.items() if value and value != stand_ins.get(name)}
    return {**said, **{name: value for name, value in known.items() if name not in stand_ins}}


def _object(type_: str, id_: str) -> dict[str, Any] | None:
    kind, _ = find(type_)
    namespace, _, name = id_.rpartition("/")
    if not name or bool(namespace) != kind.namespaced:
        return None
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata}


def _object_inputs(type_: str, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a program may give of an object: its spec is the server's own where the kind takes none."""
    kind, _ = find(type_)
    metadata = {name: v for name, v in outputs["metadata"].items() if name not in _SET_BY_SERVER}
    given = {"apiVersion", "kind", *kind.fields}
    left_out = {"id", "metadata", "status"}
    found = {k: v for k, v in outputs.items() if k in given or (kind.custom and k not in left_out)}
    return {**found, "metadata": metadata}


def _matched(type_: str, id_: str) -> dict[str, Any] | None:
    form = FORMS[type_]
    pieces = _NAME.split(form.text)
    pattern = "".join(f"(?P<{piece}>.+)" if i % 2 else re.escape(piece) for i, piece in enumerate(pieces))
    found = re.fullmatch(pattern, id_)
    if found is None:
        return None
    values = {
        name: form.before.get(name, "") + value
        for name, value in found.groupdict().items()
        if name not in _NO_INPUTS
    }
    return {**values, **form.fixed, **form.stand_ins}
