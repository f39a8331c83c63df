"""What a search found, what it lists, and what it could not look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["clean", "leaked", "incomplete"]
Content = Literal["a value", "empty", "encrypted", "masked"]


@dataclass(frozen=True, kw_only=True, order=True)
class Place:
    """`line` is `FILE:LINE` of a log; `subject` a resource's URN, or the rest of the state; `path` the
    path of a property in it, such as `outputs.data["a.b"]`. Each may be empty."""

    line: str = ""
    subject: str = ""
    path: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.line, self.subject, self.path) if part)


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """`secret` names the secret or says what it looks like; `form` says how it is written, from the
    outside in, such as `base64 > gzip`; `marked`: Pulumi keeps the property as a secret."""

    place: Place
    secret: str
    form: str
    marked: bool = False


@dataclass(frozen=True, kw_only=True, order=True)
class Marked:
    """A property that Pulumi keeps as a secret; `why` as far as the state tells."""

    place: Place
    why: str
    content: Content


@dataclass(frozen=True, kw_only=True, order=True)
class NotLookedAt:
    """`what` is a place, a file or the name of a value."""

    what: str
    reason: str


@dataclass(kw_only=True)
class Certificate:
    """The result. `values` are the names of what was looked for; `resources` and `texts` count
    what was looked at."""

    values: tuple[str, ...] = ()
    resources: int = 0
    texts: int = 0
    findings: list[Finding] = field(default_factory=list[Finding])
    marked: list[Marked] = field(default_factory=list[Marked])
    not_looked_at: list[NotLookedAt] = field(default_factory=list[NotLookedAt])

    @property
    def verdict(self) -> Verdict:
        """`incomplete`: nothing was found, and something was not looked at."""
        if self.findings:
            return "leaked"
        return "incomplete" if self.not_looked_at else "clean"
