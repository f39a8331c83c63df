"""Why a reference didn't resolve: at which step, and what to do. Never a value."""

from __future__ import annotations

from typing import Final, Literal

from workload_secrets.errors import Exit, WorkloadSecretsError
from workload_secrets.keys.vault_http import Answer

Step = Literal["credential", "unwrap", "login", "read", "value"]
SERVER_FAILED: Final = 500
_REDIRECTS: Final = range(300, 400)
_TOO_MANY: Final = 429


class Unresolved(WorkloadSecretsError):  # noqa: N818 reads better
    """`step`: credential (something that the gateway needs isn't there), unwrap, login, read, or
    value (Vault answered, and Kong takes no such answer). `status` is Vault's, where it spoke."""

    def __init__(self, step: Step, why: str, remedy: str, *, status: int | None = None) -> None:
        super().__init__(f"{step}: {why}; {remedy}")
        self.step: Step = step
        self.status = status
        self.exit_code = Exit.INPUT if step == "credential" else Exit.ACCESS
        if status is not None and status >= SERVER_FAILED:
            self.exit_code = Exit.SERVER


def elsewhere(answer: Answer) -> str | None:
    """The remedy where the answer is not about the gateway at all; else None."""
    if answer.status in _REDIRECTS:
        return "Kong follows no redirect: name the active node, or what stands before the nodes, in host"
    if answer.status == _TOO_MANY:
        return "Vault's rate limit was reached; wait, or have it raised"
    return "Vault itself fails; look at its log" if answer.status >= SERVER_FAILED else None


def said(answer: Answer) -> str:
    """What the server answered, in its own words, which name no value."""
    return f"HTTP {answer.status} {answer.errors}".rstrip()
