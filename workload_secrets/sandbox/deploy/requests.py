"""What the deployer has no right to make or to look up: the sandbox's own administrators do it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from workload_secrets.errors import WorkloadSecretsError
from workload_secrets.sandbox.deploy.call import Ask
from workload_secrets.sandbox.deploy.outcome import HandlerError

Make = Callable[[Mapping[str, Any]], Mapping[str, str] | None]
"""Does what is needed; answers what was looked up."""


def direct(make: Make) -> Ask:
    """Asks `make`, from any thread. The same need is met once.

    A handler gets HandlerError for what can't be made; of a surprise it says only what kind it is.
    """
    lock = threading.Lock()
    done: dict[str, Mapping[str, str]] = {}

    def ask(need: Mapping[str, Any]) -> Mapping[str, str]:
        key = json.dumps(dict(need), sort_keys=True)
        with lock:
            if key not in done:
                done[key] = _answer(need, make)
            return done[key]

    return Ask(ask)


def _answer(need: Mapping[str, Any], make: Make) -> Mapping[str, str]:
    try:
        return make(need) or {}
    except WorkloadSecretsError as error:
        raise HandlerError(str(error)) from None
    except HandlerError:
        raise
    except Exception as error:
        raise HandlerError(f"the sandbox failed with {type(error).__name__}") from None
