"""How long a gateway may keep a value, stated once: for the configuration, which takes no more,
and for the rule about gateways of any program."""

from __future__ import annotations

from typing import Final

LONGEST_TTL_SECONDS: Final = 3600
"""Until then a gateway uses the old value, however often it is rotated."""
