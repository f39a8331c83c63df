"""Types that no component makes and a rule of the review looks at.

Whoever adds one to a program is told of the rule, not of a missing symbol.
"""

from __future__ import annotations

from typing import Final

AWS: Final = (
    "aws:dynamodb/table:Table",
    "aws:iam/groupPolicy:GroupPolicy",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:secretsmanager/secretVersion:SecretVersion",
    "aws:ssm/parameter:Parameter",
)
VAULT: Final = (
    "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId",
    "vault:database/secretsMount:SecretsMount",
    "vault:generic/endpoint:Endpoint",
    "vault:generic/secret:Secret",
    "vault:github/team:Team",
    "vault:github/user:User",
    "vault:identity/entity:Entity",
    "vault:identity/entityPolicies:EntityPolicies",
    "vault:identity/group:Group",
    "vault:identity/groupPolicies:GroupPolicies",
    "vault:index/token:Token",
    "vault:kv/secret:Secret",
    "vault:kv/secretV2:SecretV2",
    "vault:ldap/authBackendGroup:AuthBackendGroup",
    "vault:ldap/authBackendUser:AuthBackendUser",
    "vault:okta/authBackendGroup:AuthBackendGroup",
    "vault:okta/authBackendUser:AuthBackendUser",
)
