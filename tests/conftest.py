"""What all tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from tests.captured import FOLDER
from workload_secrets.outside import SECRETS

# Started in the background of a shell, this process ignores the interrupt and hands that on to every
# process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder for captured graphs, one for all workers of this run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "graphs"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER, str(folder))
        yield


@pytest.fixture(autouse=True)
def nothing_learnt() -> None:
    """Secrets of another test, short ones above all, must not change what this one shows."""
    SECRETS.forget()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start servers come first: they are long, and a long one at the end would keep
    one worker busy alone."""
    slow = {item.path for item in items if item.get_closest_marker("sandbox")}
    items.sort(key=lambda item: item.path not in slow)
