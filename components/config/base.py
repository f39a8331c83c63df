"""What every model of the stack file has in common."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

Manage = Literal["create", "existing"]


class Model(BaseModel):
    """Frozen, refuses unknown keys, never prints its input; camelCase in files."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
        hide_input_in_errors=True,
    )
