"""What was made is what was asked for: outputs are held against the inputs of the same name.

Each handler reads its object back and compares it with what it meant to write. This is the
check on that meaning: an input that a handler took and then lost shows here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from workload_secrets.graph.model import Resource
from workload_secrets.sandbox.deploy.outcome import HandlerError

_SECONDS: Final = re.compile(r"[0-9]+s")


def require_kept(resource: Resource, outputs: Mapping[str, Any]) -> None:
    """Raises HandlerError, naming the properties whose output differs from the input.

    Kubernetes objects are left out: their handler compares the whole live object itself.
    """
    if resource.type.startswith("kubernetes:"):
        return
    lost = sorted(
        name
        for name, value in resource.inputs.items()
        if value is not None and name in outputs and _plain(outputs[name]) != _plain(value)
    )
    if lost:
        raise HandlerError(f"what was made differs from what was asked in {', '.join(lost)}")


def _plain(value: Any) -> Any:
    """One form for what means the same: JSON texts parsed, lists sorted, an issuer without scheme,
    seconds as a number."""
    if isinstance(value, str):
        if _SECONDS.fullmatch(value):
            return int(value[:-1])
        try:
            return _plain(json.loads(value))
        except ValueError:
            return value.removeprefix("https://").strip()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list | tuple):
        return sorted((_plain(v) for v in cast("list[Any]", value)), key=str)
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in cast("Mapping[str, Any]", value).items()}
    return value
