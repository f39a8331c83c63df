"""How long Kong keeps what it got, in seconds. Each is required, and none may be 0.

What unset and 0 mean: app/gateway/vault/hashicorp.md and app/_data/kong-conf/3.14.json of
Kong/developer.konghq.com, kong/pdk/vault.lua of Kong/kong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import AfterValidator

from components.config.problem import refuse
from workload_secrets.decide.gateway_times import LONGEST_TTL_SECONDS

LOOK_SECONDS: Final = 60
"""How often Kong looks for values whose ttl is over."""
_DAY: Final = 86_400


@dataclass(frozen=True)
class Time:
    """`unset` says what Kong does without the key, or with 0."""

    least: int
    most: int
    unset: str
    usual: str

    @property
    def allowed(self) -> str:
        """The bounds, and why the key is required."""
        return f"{self.least} to {self.most} seconds; unset or 0, {self.unset}"

    def check(self, value: int) -> int:
        """The value. Raises pydantic's error where it is out of bounds."""
        if not self.least <= value <= self.most:
            refuse(value, self.allowed, f"write {self.usual}")
        return value


TIMES: Final[Mapping[str, Time]] = {
    "ttl": Time(
        LOOK_SECONDS,
        LONGEST_TTL_SECONDS,
        "Kong keeps a value for good and no rotation ever reaches it",
        "ttl: 300",
    ),
    "negTtl": Time(
        1,
        _DAY,
        "Kong's own pages disagree whether a missing secret is asked for again or counts as missing for good",
        "negTtl: 60",
    ),
    "resurrectTtl": Time(
        1,
        7 * _DAY,
        "Kong serves old and deleted values for about three years (1e8 seconds) while Vault gives none",
        "resurrectTtl: 3600",
    ),
}
"""By key of a vault."""
Ttl = Annotated[int, AfterValidator(TIMES["ttl"].check)]
NegativeTtl = Annotated[int, AfterValidator(TIMES["negTtl"].check)]
ResurrectTtl = Annotated[int, AfterValidator(TIMES["resurrectTtl"].check)]
