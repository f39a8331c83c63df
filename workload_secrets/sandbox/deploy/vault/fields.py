"""Inputs of one resource as fields of one API object, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from workload_secrets.sandbox.deploy.inputs import Inputs, KnownInputs
from workload_secrets.sandbox.deploy.outcome import HandlerError
from workload_secrets.sandbox.deploy.vault.times import read, seconds

_CAPITAL: Final = re.compile(r"([A-Z])")


def snake(name: str) -> str:
    """The API's name of an input: `allowIpSans` is `allow_ip_sans`."""
    return _CAPITAL.sub(lambda match: f"_{match.group(1).lower()}", name)


def flags(inputs: Inputs, defaults: Mapping[str, bool]) -> dict[str, bool]:
    """Booleans by API name. `defaults` are the provider's own, which it always sends."""
    return {snake(name): inputs.flag(name, default) for name, default in defaults.items()}


def durations(inputs: Inputs, names: Iterable[str]) -> dict[str, int]:
    """Seconds by API name, of those that are given."""
    return {snake(name): seconds(value) for name in names if (value := inputs.take(name)) is not None}


def with_unit(inputs: Inputs, names: Iterable[str]) -> None:
    """Raises HandlerError where one of these is a bare number: the provider asks for a Go duration
    there (terraform-provider-vault, internal/provider/validators.go, ValidateDuration)."""
    if isinstance(inputs, KnownInputs):
        return  # what a refresh found
    bare = sorted(name for name in names if str(inputs.given(name)).isdigit())
    if bare:
        raise HandlerError(f"the provider takes {', '.join(bare)} with a unit alone, such as 3600s")


def plain(found: Any, wanted: Any) -> Any:
    """What a server answers, in the form of what was wanted: seconds, sorted lists, no nulls."""
    if isinstance(wanted, bool):
        return bool(found)
    if isinstance(wanted, int):
        return read(0 if found is None else found)
    if isinstance(wanted, list):
        return sorted(str(item) for item in cast("list[Any]", found or []))
    return "" if found is None else found
