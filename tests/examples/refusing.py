"""Changes an example and gives what it is refused with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.config.errors import ConfigError
from components.config.load import parse
from tests.stacks.read import ROOT


def changed(stack: Path, changes: dict[str, Any]) -> dict[str, Any]:
    """A stack file's data with values put at dotted places; `...` removes a key."""
    data: dict[str, Any] = yaml.safe_load(stack.read_text("utf-8"))
    for place, value in changes.items():
        section, *path, last = place.split(".")
        target: Any = data["config"]
        for part in (f"workload-secrets:{section}", *path):
            target = target[part]
        if value is ...:
            del target[last]
        elif isinstance(target, list):
            target[int(last)] = value
        else:
            target[last] = value
    return data


def refused(stack: Path, changes: dict[str, Any]) -> dict[str, str]:
    """The lines of the message that a changed stack gets, by key."""
    data = changed(stack, changes)["config"]
    own = {key.removeprefix("workload-secrets:"): value for key, value in data.items()}
    with pytest.raises(ConfigError) as error:
        parse(own, file=stack.name, folder=ROOT)
    return by_key(str(error.value), stack.name)


def by_key(message: str, file: str) -> dict[str, str]:
    """The lines of a message about a stack file, by the key that each names."""
    return dict(line.removeprefix(f"{file}: ").split(": ", 1) for line in message.splitlines())
