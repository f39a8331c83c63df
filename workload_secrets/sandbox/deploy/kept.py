"""What was made is what was asked for: outputs are held against the inputs of the same name.

Each handler reads its object back and compares it with what it meant to write. This is the
check on that meaning: an input that a handler took and then lost shows here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from workload_secrets.sandbox.deploy.kubernetes.kinds import is_object
from workload_secrets.sandbox.deploy.kubernetes.objects import OWN_ANNOTATIONS, differences
from workload_secrets.sandbox.deploy.outcome import HandlerError

_SECONDS: Final = re.compile(r"[0-9]+s")


def require_kept(type_: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Raises HandlerError, naming the properties whose output differs from the input.

    Kubernetes objects are left out: their handler compares the whole live object itself.
    """
    if is_object(type_):
        return
    lost = sorted(name for name, value in inputs.items() if _lost(name, value, outputs))
    if lost:
        raise HandlerError(f"what was made differs from what was asked in {', '.join(lost)}")


def as_found(type_: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as the server has them by now: each as it was given where the server's means the
    same, else the server's."""
    if is_object(type_):
        return {name: _live(value, outputs.get(name)) for name, value in inputs.items()}
    return {name: outputs[name] if _lost(name, value, outputs) else value for name, value in inputs.items()}


def _lost(name: str, value: Any, outputs: Mapping[str, Any]) -> bool:
    return value is not None and name in outputs and _plain(outputs[name]) != _plain(value)


def _live(wanted: Any, found: Any) -> Any:
    """What an object has at the paths that were given. A list counts as a whole."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        given, live = cast("Mapping[str, Any]", wanted), cast("Mapping[str, Any]", found)
        return {
            name: value if name.startswith(OWN_ANNOTATIONS) else _live(value, live.get(name))
            for name, value in given.items()
        }
    return cast("Any", found if differences(wanted, found) else wanted)


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
