"""What was made is what was asked for: outputs are held against the inputs of the same name.

Each handler reads its object back and compares it with what it meant to write. This is the
check on that meaning: an input that a handler took and then lost shows here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from workload_secrets.sandbox.deploy.kubernetes.kinds import is_object
from workload_secrets.sandbox.deploy.kubernetes.objects import differences, for_the_provider
from workload_secrets.sandbox.deploy.outcome import HandlerError

_STATEMENTS: Final = "Statements"
"""What ends so is run in its order; every other list of an input is a set."""


def require_kept(type_: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Raises HandlerError, naming the properties whose output differs from the input.

    Kubernetes objects are left out: their handler compares the whole live object itself.
    """
    if is_object(type_):
        return
    lost = sorted(name for name, value in inputs.items() if _lost(name, value, outputs))
    if lost:
        raise HandlerError(f"what was made differs from what was asked in {', '.join(lost)}")


def as_found(
    type_: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any], unasked: Iterable[str] = ()
) -> dict[str, Any]:
    """The inputs as the server has them by now: each as it was given where the server's means the
    same, else the server's. `unasked`: inputs that were not given and differ from their default."""
    if is_object(type_):
        return {name: _live(value, outputs.get(name)) for name, value in inputs.items()}
    given = {name: outputs[name] if _lost(name, value, outputs) else value for name, value in inputs.items()}
    return {**given, **{name: outputs[name] for name in unasked}}


def _lost(name: str, value: Any, outputs: Mapping[str, Any]) -> bool:
    if value is None or name not in outputs:
        return False
    ordered, found = name.endswith(_STATEMENTS), outputs[name]
    if isinstance(value, str) != isinstance(found, str):
        value, found = _scalar(value), _scalar(found)
    return _plain(found, ordered) != _plain(value, ordered)


def _live(wanted: Any, found: Any) -> Any:
    """What an object has at the paths that were given. A list counts as a whole."""
    if isinstance(wanted, Mapping):
        given = cast("Mapping[str, Any]", wanted)
        nothing = found is None and all(for_the_provider(name) for name in given)
        if not nothing and not isinstance(found, Mapping):
            return found
        live = cast("Mapping[str, Any]", found or {})
        return {
            name: value if for_the_provider(name) else _live(value, live.get(name))
            for name, value in given.items()
        }
    return found if differences(wanted, found) else wanted


def _plain(value: Any, ordered: bool = False) -> Any:
    """One form for what means the same: JSON documents parsed, lists sorted unless their order
    counts. A text is the same only where each character is: what a server trims is its handler's
    matter, which knows which server trims what."""
    if isinstance(value, str):
        return _document(value)
    if isinstance(value, list | tuple):
        items = [_plain(item) for item in cast("list[Any]", value)]
        return items if ordered else sorted(items, key=str)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in cast("Mapping[str, Any]", value).items()}
    return value


def _scalar(value: Any) -> Any:
    """A number or a truth value that was given as a text, as providers take them too."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _document(text: str) -> Any:
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return _plain(json.loads(text))
    except ValueError:
        return text
