"""`make providers`: Pulumi's Kubernetes provider, built for `--providers kubernetes=real`."""

from __future__ import annotations

import os
import sys

from workload_secrets.cli.console import Progress, say, write
from workload_secrets.errors import Exit, WorkloadSecretsError
from workload_secrets.sandbox.engine.real import kubernetes_program
from workload_secrets.sandbox.go import built


def main() -> int:
    """Builds it where the cache lacks it, and says where it is. The exit code."""
    try:
        path = built(kubernetes_program(), Progress(), os.environ)
    except WorkloadSecretsError as error:
        say(f"error: {error}")
        return error.exit_code
    write(str(path))
    return Exit.OK


if __name__ == "__main__":
    sys.exit(main())
