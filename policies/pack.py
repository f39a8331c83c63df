"""The pack as the engine starts it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pulumi_policy import PolicyPack

from policies.engine import Pack, settings_of_engine
from policies.guardrails import settings
from policies.guardrails.catalogue import rules

NAME = "workload-secrets"


def start() -> None:
    """Serves the rules to the engine, and doesn't come back. Raises SystemExit where a file of
    the pack can't be used: its message alone tells what to mend, without a traceback."""
    folder = Path(__file__).parent
    try:
        given = settings.read(folder, stack="")
    except settings.BadSettings as error:
        raise SystemExit(f"{folder.name}/{error}") from None
    pack = Pack(rules(), lambda: settings_of_engine(given), today=datetime.now(UTC).date())
    PolicyPack(NAME, policies=list(pack.policies()))
