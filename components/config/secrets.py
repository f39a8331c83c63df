"""The kinds of secret, told apart by `backend`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from components.config.base import Model
from components.config.fields import AwsSecretName, Description, KeyName, KvPath, Line, MaxAgeDays, Name


class KeySpec(Model):
    description: Description = ""
    required: bool = False
    max_age_days: MaxAgeDays | None = None


class _WithKeys(Model):
    """`template` names a catalogue and profile (`pmp/classic`); `uses` the keys in use."""

    description: Description | None = None
    template: Line | None = None
    keys: Mapping[KeyName, KeySpec] = {}
    uses: tuple[Line, ...] = ()


class AwsSecret(_WithKeys):
    """A Secrets Manager secret. `recovery_window_days`: 7 to 30, or 0 (development only);
    absent: 30 in production, 7 in development."""

    backend: Literal["aws"]
    name: AwsSecretName
    recovery_window_days: int | None = None
    tags: Mapping[Line, Line] = {}


class VaultSecret(_WithKeys):
    """A KV v2 secret. `mount` is a key of `shared.kvMounts`."""

    backend: Literal["vault"]
    mount: Name
    path: KvPath


Secret = Annotated[AwsSecret | VaultSecret, Field(discriminator="backend")]
