"""Text that comes from outside: what servers, tools and libraries say. The only place that shows it.

`SECRETS` knows every secret that this process has met; clients tell it at the moment they learn
one. `OutsideText` holds what somebody said and shows it without them: formatting it is safe, and
the raw text can be asked about but not taken out.
"""

from workload_secrets.outside.aws import aws_code, learn_session
from workload_secrets.outside.secrets import SECRETS, Secrets
from workload_secrets.outside.text import OutsideText, listed

__all__ = ["SECRETS", "OutsideText", "Secrets", "aws_code", "learn_session", "listed"]
