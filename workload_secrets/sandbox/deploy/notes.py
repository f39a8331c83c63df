"""What a deploy into the sandbox can't hold, can't make real, or had to substitute."""

from __future__ import annotations

import threading


class Notes:
    """Collects the three lists of the result. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._not_enforced: set[str] = set()
        self._declared_only: set[str] = set()
        self._substitutions: set[str] = set()

    def not_enforced(self, text: str) -> None:
        """The server stores it or drops it, but doesn't act on it."""
        with self._lock:
            self._not_enforced.add(text)

    def declared_only(self, text: str) -> None:
        """It can't be made real in a sandbox; it is declared and evaluated only."""
        with self._lock:
            self._declared_only.add(text)

    def substitution(self, text: str) -> None:
        """Something else stands in its place."""
        with self._lock:
            self._substitutions.add(text)

    def lists(self) -> dict[str, list[str]]:
        """The three lists, sorted: notEnforced, declaredOnly, substitutions."""
        with self._lock:
            return {
                "notEnforced": sorted(self._not_enforced),
                "declaredOnly": sorted(self._declared_only),
                "substitutions": sorted(self._substitutions),
            }
