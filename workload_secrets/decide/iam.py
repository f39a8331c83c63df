"""IAM decided from documents alone, three-valued: the entry points.

`identity` answers for identity policies, boundary and resource policy; `web_identity`
and `pod_identity` for assuming a role; `secret_access` for one role and one secret.
Documents may be given as mappings or JSON text; where one is asked often, `read` it once.
"""

from workload_secrets.decide.evaluate import identity, resource_alone
from workload_secrets.decide.request import Request
from workload_secrets.decide.secrets_manager import Key, Verb, secret_access
from workload_secrets.decide.statements import Document, read
from workload_secrets.decide.trust import pod_identity, web_identity

__all__ = [
    "Document",
    "Key",
    "Request",
    "Verb",
    "identity",
    "pod_identity",
    "read",
    "resource_alone",
    "secret_access",
    "web_identity",
]
