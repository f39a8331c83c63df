"""What the prover may do in AWS: ask what exactly one stack's roles may do. It reads no value.

Write and list are asked by iam:SimulatePrincipalPolicy with a role as its source; the call
needs no other right.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html#permissions-required_policy-simulator-api
"""

from __future__ import annotations

from collections.abc import Sequence

from components.documents.arn import AwsScope
from components.documents.text import policy_text


def prover_iam(scope: AwsScope, role_names: Sequence[str]) -> str | None:
    """The identity policy of the prover, as JSON text; None where there is no role to ask of."""
    if not role_names:
        return None
    statement = {
        "Sid": "AskWhatRolesMayDo",
        "Effect": "Allow",
        "Action": ["iam:SimulatePrincipalPolicy"],
        "Resource": sorted(scope.role(name) for name in role_names),
    }
    return policy_text([statement])
