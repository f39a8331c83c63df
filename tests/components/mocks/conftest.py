"""What every test with mocks needs around it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest


@pytest.fixture(autouse=True)
def event_loop_of_its_own() -> Iterator[None]:
    """The SDK runs on the thread's event loop, and mocks on one more loop in a thread that it
    borrows. It closes neither, and an open loop fails another test when it is collected."""
    loop, borrowed = asyncio.new_event_loop(), asyncio.new_event_loop()
    loop.set_default_executor(ThreadPoolExecutor(1, initializer=asyncio.set_event_loop, initargs=(borrowed,)))
    asyncio.set_event_loop(loop)
    yield
    loop.run_until_complete(loop.shutdown_default_executor())
    asyncio.set_event_loop(None)
    for made in (loop, borrowed):
        made.close()


@pytest.fixture(params=[False, True], ids=["update", "preview"])
def preview(request: pytest.FixtureRequest) -> bool:
    """Both ways in which the engine runs a program."""
    return request.param
