"""Functions of providers that only compute: they need no engine, no server and no credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workload_secrets.errors import InputError
from workload_secrets.graph import yamlfile
from workload_secrets.graph.errors import ProgramError
from workload_secrets.graph.realized import Invokes


def _decode(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The objects of a manifest, for `yaml.ConfigGroup` and `yaml.ConfigFile`
    (pulumi-kubernetes 4.x, provider/pkg/provider/invoke_decode_yaml.go)."""
    text = given.get("text")
    if not isinstance(text, str):
        raise ProgramError("kubernetes:yaml:decode: the manifest is no text.")
    try:
        return {"result": yamlfile.documents(text.encode(), "a manifest of yaml.ConfigGroup or ConfigFile")}
    except InputError as error:
        raise ProgramError(str(error)) from None


COMPUTED: Final[Mapping[str, Invokes]] = {"kubernetes:yaml:decode": lambda _, given: _decode(given)}
"""By the function's token."""
