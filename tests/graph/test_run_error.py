"""A configuration error of the real program: its message alone, also under the engine."""

from __future__ import annotations

import asyncio
import contextvars
import json
import runpy
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, set_all_config

from tests.stacks.read import ROOT, changed
from workload_secrets.errors import InputError
from workload_secrets.graph.capture import capture

BAD = {"facts": {"cluster": {"name": "not a name!"}}}


class _Mocks(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return args.name, {}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], None]:
        return {}, None


def test_the_engine_is_told_to_end_without_a_traceback() -> None:
    """The language host shows a RunError's message, and of any other error the whole traceback."""

    def run() -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        mocks.set_mocks(_Mocks(), project="workload-secrets", stack="dev")
        given = changed("dev", BAD)
        set_all_config(
            {
                f"workload-secrets:{key}": value if isinstance(value, str) else json.dumps(value)
                for key, value in given.items()
            }
        )
        runpy.run_path(str(ROOT), run_name="__main__")

    with pytest.raises(pulumi.RunError, match=r"facts\.cluster\.name"):
        contextvars.copy_context().run(run)


def test_our_own_monitor_shows_the_same_message() -> None:
    overrides = {f"workload-secrets:{key}": value for key, value in BAD.items()}
    with pytest.raises(InputError, match=r"facts\.cluster\.name"):
        capture(ROOT, "dev", overrides=overrides)
