"""Type tokens that several rules about AWS name."""

from __future__ import annotations

from typing import Final

SECRET: Final = "aws:secretsmanager/secret:Secret"  # noqa: S105 a type token
SECRET_POLICY: Final = "aws:secretsmanager/secretPolicy:SecretPolicy"  # noqa: S105 a type token
SECRET_ROTATION: Final = "aws:secretsmanager/secretRotation:SecretRotation"  # noqa: S105 a type token
SECRET_VERSION: Final = "aws:secretsmanager/secretVersion:SecretVersion"  # noqa: S105 a type token
TEMPLATE: Final = "workload-secrets:aws:Secret"
"""The component that says which empty template it writes into its secret, once."""
KEY: Final = "aws:kms/key:Key"
ALIAS: Final = "aws:kms/alias:Alias"
OIDC_PROVIDER: Final = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
ASSOCIATION: Final = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
