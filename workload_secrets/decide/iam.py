"""IAM decided from documents alone, three-valued: the entry points.

`identity` answers for identity policies, boundary and resource policy; `web_identity`
and `pod_identity` for assuming a role; `secret_access` for one role and one secret.
"""

from workload_secrets.decide.evaluate import identity, resource_alone
from workload_secrets.decide.request import Request
from workload_secrets.decide.secrets_manager import Key, secret_access
from workload_secrets.decide.trust import pod_identity, web_identity

__all__ = [
    "Key",
    "Request",
    "identity",
    "pod_identity",
    "resource_alone",
    "secret_access",
    "web_identity",
]
