"""What pulumi-aws asks of AWS for each resource type, read in terraform-provider-aws.

Each row is read, not run. A call is what IAM decides on: an action on a resource, with the
permissions that AWS asks for beside the operation's own (tags at creation, a role that is passed).
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from workload_secrets.sandbox.calls.row import Operation, Row

VERSION: Final = "terraform-provider-aws, each file at the commit behind its name"
"""Commits are those that were to be had: 00a35305 is 6.36.0; 0413c661 and 000cd09a are of 2026, 01606926 and
2c53338d between 6.4 and 6.36, the rest older. pulumi-aws 7.43.0 wraps 6.61.0; what 7.51.1 wraps was
not to be found.

Files are below its folder `internal/service/`, but for tags: `internal/provider/sdkv2/
tags_interceptor.go@2c53338d` and `framework/tags_interceptor.go@000cd09a`. The provider lists tags by a
call of its own only where the answer of a read has none."""
SECRET_SUFFIX: Final = 7
"""A hyphen and six characters end a secret's ARN; before it is created there are none."""


@dataclass(frozen=True)
class Call:
    """One right that one request needs. `on`: an ARN, with properties of the resource in braces.

    `given`, `absent`: the call is made only where this input is set, or only where it isn't.
    """

    action: str
    on: str = "*"
    given: str = ""
    absent: str = ""

    def made(self, properties: Mapping[str, Any]) -> bool:
        """Whether the provider makes it for a resource with these properties."""
        wanted = not self.given or bool(properties.get(self.given))
        return wanted and not (self.absent and properties.get(self.absent))


def _all(service: str, on: str, *operations: str, given: str = "") -> tuple[Call, ...]:
    return tuple(Call(f"{service}:{operation}", on, given) for operation in operations)


def _tags(service: str, *operations: str, on: str = "{arn}") -> tuple[Call, ...]:
    return _all(service, on, *operations, given="tags")


_SECRET: Final = "secretsmanager"  # noqa: S105 a service
_PASSED: Final = _all("iam", "{roleArn}", "GetRole", "PassRole")
"""https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html
names them as dependent actions."""
_ROTATE: Final = (
    Call("secretsmanager:RotateSecret", "{secretId}"),
    Call("lambda:InvokeFunction", "{rotationLambdaArn}"),
)
_OF_KEY: Final = ("GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags")
_BY_ALIAS: Final = ("{arn}", "{targetKeyArn}")
"""KMS asks for the right on the alias and on its key.
https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html"""

ROWS: Final[Mapping[str, Row[Call]]] = {
    # The provider doesn't read after a create or update: it takes what those answer.
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Row(
        file="eks/pod_identity_association.go@00a35305",
        reads_back=False,
        create=(
            Call("eks:CreatePodIdentityAssociation", "{clusterArn}"),
            *_tags("eks", "TagResource", on="{associationArn}"),
            *_PASSED,
        ),
        read=(Call("eks:DescribePodIdentityAssociation", "{associationArn}"),),
        update=(
            Call("eks:UpdatePodIdentityAssociation", "{associationArn}"),
            *_tags("eks", "TagResource", "UntagResource", on="{associationArn}"),
            *_PASSED,
        ),
        delete=(Call("eks:DeletePodIdentityAssociation", "{associationArn}"),),
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Row(
        file="iam/openid_connect_provider.go@01606926, iam/tags.go@0413c661",
        create=(
            Call("iam:CreateOpenIDConnectProvider", "{arn}"),
            *_tags("iam", "TagOpenIDConnectProvider"),
        ),
        read=(Call("iam:GetOpenIDConnectProvider", "{arn}"),),
        update=(
            Call("iam:AddClientIDToOpenIDConnectProvider", "{arn}"),
            Call("iam:RemoveClientIDFromOpenIDConnectProvider", "{arn}"),
            Call("iam:UpdateOpenIDConnectProviderThumbprint", "{arn}", "thumbprintLists"),
            *_tags("iam", "TagOpenIDConnectProvider", "UntagOpenIDConnectProvider"),
        ),
        delete=(Call("iam:DeleteOpenIDConnectProvider", "{arn}"),),
    ),
    # Without `inlinePolicies`, `managedPolicyArns` and `forceDetachPolicies`, which no stack sets and
    # for which it would also write and detach policies. It reads each inline policy that the role has.
    "aws:iam/role:Role": Row(
        file="iam/role.go (of 2024, commit unknown), iam/tags.go@0413c661",
        create=(Call("iam:CreateRole", "{arn}"), *_tags("iam", "TagRole")),
        read=_all("iam", "{arn}", "GetRole", "ListRolePolicies", "GetRolePolicy", "ListAttachedRolePolicies"),
        # A boundary that is given up takes iam:DeleteRolePermissionsBoundary, which is an
        # administrator's: whoever is bound to make roles within it must not remove it.
        update=(
            *_all("iam", "{arn}", "UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription"),
            Call("iam:PutRolePermissionsBoundary", "{arn}", "permissionsBoundary"),
            *_tags("iam", "TagRole", "UntagRole"),
        ),
        delete=_all("iam", "{arn}", "ListInstanceProfilesForRole", "DeleteRole"),
    ),
    "aws:iam/rolePolicy:RolePolicy": Row(
        file="iam/role_policy.go@02f97af8",
        create=(Call("iam:PutRolePolicy", "{roleArn}"),),
        read=(Call("iam:GetRolePolicy", "{roleArn}"),),
        update=(Call("iam:PutRolePolicy", "{roleArn}"),),
        delete=(Call("iam:DeleteRolePolicy", "{roleArn}"),),
    ),
    "aws:kms/alias:Alias": Row(
        file="kms/alias.go@01c08000",
        create=tuple(Call("kms:CreateAlias", on) for on in _BY_ALIAS),
        read=(Call("kms:ListAliases"),),
        update=tuple(Call("kms:UpdateAlias", on) for on in _BY_ALIAS),
        delete=tuple(Call("kms:DeleteAlias", on) for on in _BY_ALIAS),
    ),
    # It waits for what it wrote by the calls of `read`, five times each.
    "aws:kms/key:Key": Row(
        file="kms/key.go@00a35305, kms/tags_gen.go@01606926",
        create=(
            Call("kms:CreateKey"),
            Call("kms:TagResource", given="tags"),
            Call("kms:EnableKeyRotation", "{arn}", "enableKeyRotation"),
        ),
        read=_all("kms", "{arn}", "DescribeKey", *_OF_KEY),
        update=(
            Call("kms:EnableKeyRotation", "{arn}", "enableKeyRotation"),
            Call("kms:DisableKeyRotation", "{arn}", absent="enableKeyRotation"),
            Call("kms:UpdateKeyDescription", "{arn}"),
            Call("kms:PutKeyPolicy", "{arn}"),
            *_tags("kms", "TagResource", "UntagResource"),
        ),
        delete=_all("kms", "{arn}", "ScheduleKeyDeletion", "DescribeKey"),
    ),
    # Without `policy` and `replicas`, which no stack sets. Whether CreateSecret is asked for with
    # or without the characters that AWS adds to the name isn't said, so both are here.
    "aws:secretsmanager/secret:Secret": Row(
        file="secretsmanager/secret.go@00c21ced",
        create=(
            *(Call("secretsmanager:CreateSecret", on) for on in ("{bare}", "{arn}")),
            *(Call("secretsmanager:TagResource", on, "tags") for on in ("{bare}", "{arn}")),
            *_all("kms", "{kmsKeyId}", "Decrypt", "GenerateDataKey", given="kmsKeyId"),
        ),
        read=_all(_SECRET, "{arn}", "DescribeSecret", "GetResourcePolicy"),
        # kms:Encrypt isn't needed: without it the versions that are there keep their old key.
        # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html
        update=(
            Call("secretsmanager:UpdateSecret", "{arn}"),
            *_all("kms", "{kmsKeyId}", "Decrypt", "GenerateDataKey", given="kmsKeyId"),
            *_tags(_SECRET, "TagResource", "UntagResource"),
        ),
        delete=_all(_SECRET, "{arn}", "DeleteSecret", "DescribeSecret"),
    ),
    "aws:secretsmanager/secretPolicy:SecretPolicy": Row(
        file="secretsmanager/secret_policy.go (of 2025, commit unknown)",
        create=_all(_SECRET, "{secretArn}", "PutResourcePolicy"),
        read=_all(_SECRET, "{secretArn}", "GetResourcePolicy"),
        update=_all(_SECRET, "{secretArn}", "PutResourcePolicy"),
        delete=_all(_SECRET, "{secretArn}", "DeleteResourcePolicy", "GetResourcePolicy"),
    ),
    "aws:secretsmanager/secretRotation:SecretRotation": Row(
        file="secretsmanager/secret_rotation.go@0413c661",
        create=_ROTATE,
        read=_all(_SECRET, "{secretId}", "DescribeSecret"),
        update=_ROTATE,
        delete=_all(_SECRET, "{secretId}", "CancelRotateSecret"),
    ),
}
"""By type token."""

CONFIGURE: Final = (Call("sts:GetCallerIdentity"),)
"""Once for each provider, in `internal/conns/config.go@02fe3b28`; AWS allows it to everybody. Before it the
provider may try iam:GetUser and after it iam:ListRoles, and takes a refusal of either."""


def calls(type_: str, properties: Mapping[str, Any], operation: Operation) -> Iterator[Call]:
    """The calls of one resource with its properties put in: its inputs, its outputs where `on` names
    one, and `account`, `partition` and `region`. Raises LookupError for a type without a row, or for a
    property that is missing."""
    place = {name: properties[name] for name in ("partition", "region", "account")}
    known = {
        "bare": str(properties.get("arn", ""))[:-SECRET_SUFFIX],
        "clusterArn": "arn:{partition}:eks:{region}:{account}:cluster/".format(**place)
        + str(properties.get("clusterName", "")),
        "roleArn": "arn:{partition}:iam::{account}:role/".format(**place) + str(properties.get("role", "")),
        **properties,
    }
    for call in ROWS[type_].calls(operation):
        if call.made(properties):
            yield Call(call.action, call.on.format(**known))


NOT_MADE_HERE: Final[Mapping[str, str]] = {
    "eks:UntagResource": "the emulator never shows tags of an association that changed",
    "iam:AddClientIDToOpenIDConnectProvider": "the emulator can't change a provider",
    "iam:RemoveClientIDFromOpenIDConnectProvider": "the emulator can't change a provider",
    "iam:TagOpenIDConnectProvider": "no stack tags a provider",
    "iam:UntagOpenIDConnectProvider": "no stack tags a provider",
    "iam:UpdateOpenIDConnectProviderThumbprint": "no stack gives thumbprints",
    "kms:DisableKeyRotation": "every stack's key rotates",
}
"""Actions of the rows that our plugins never ask for, with the reason. For all others a test takes
the right away and sees a deploy fail."""
