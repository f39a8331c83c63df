"""The kinds of secret, told apart by `backend`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from components.config.base import Model
from components.config.engines.database import DatabaseSecret
from components.config.engines.pki import PkiSecret
from components.config.engines.transit import TransitSecret
from components.config.fields import AwsSecretName, Description, KeyName, KvPath, Line, MaxAgeDays, Name
from components.config.rotation import Rotation


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
    rotation: Rotation | None = None
    tags: Mapping[Line, Line] = {}


class VaultSecret(_WithKeys):
    """A KV v2 secret. `mount` is a key of `shared.kvMounts`."""

    backend: Literal["vault"]
    mount: Name
    path: KvPath


StoreSecret = AwsSecret | VaultSecret
"""Those whose values people set. The engines make theirs themselves."""
Secret = Annotated[
    AwsSecret | VaultSecret | DatabaseSecret | PkiSecret | TransitSecret, Field(discriminator="backend")
]
BACKENDS: Final[Mapping[str, type[Model]]] = {
    "aws": AwsSecret,
    "vault": VaultSecret,
    "database": DatabaseSecret,
    "pki": PkiSecret,
    "transit": TransitSecret,
}
"""The model of each kind."""
VERBS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws": ("read",),
    "vault": ("read",),
    "database": ("read",),
    "pki": ("issue",),
    "transit": ("encrypt", "decrypt", "rewrap"),
}
"""What a workload can be given on each kind. Where there is one verb only, it need not be named."""
