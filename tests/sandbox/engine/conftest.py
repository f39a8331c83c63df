from __future__ import annotations

import pytest

from workload_secrets.sandbox.engine.binary import Engine, find


@pytest.fixture(scope="session")
def engine() -> Engine:
    """Pulumi's CLI; the first time on a machine it is built."""
    return find(print)
