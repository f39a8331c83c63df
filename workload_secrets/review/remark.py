"""What is refused beside the rules of the pack: the preview's own checks, and the waivers'."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from policies.guardrails.rule import About

LOST_VALUE: Final = About(
    id="CHANGE-01",
    severity="critical",
    title="a change destroys no value",
    why="A secret, key or mount that is made again is empty, and nobody can bring its values back.",
    remedy="migrate in the way that the message names",
    reference="docs/access.md",
)
NEW_ACCESS: Final = About(
    id="CHANGE-02",
    severity="high",
    title="a change gives nobody a right that the base didn't",
    why="New access is what a reviewer must see; in a long diff it hides.",
    remedy="take it out, or accept it: --accept-new-access, on a pull request the label new-access-accepted",
    reference="docs/access.md",
)
DELETION: Final = About(
    id="CHANGE-03",
    severity="critical",
    title="a change deletes nothing that takes others along",
    why="With a namespace, a mount, an auth method, a key or an OIDC provider goes what others made in it.",
    remedy="keep it declared, hand it over as the message says, or accept it: --accept-deletions",
    reference="docs/access.md",
)
DIFFERENCE: Final = About(
    id="ACCESS-01",
    severity="high",
    title="documents grant what is declared, and nothing else",
    why="A right that nobody declared is one that nobody looks after.",
    remedy="declare the right, or correct the document that grants it",
    reference="docs/access.md",
)
NOTICE: Final = About(
    id="NOTICE-01",
    severity="high",
    title="a stack takes nothing for granted that can't hold",
    why="What the stack relies on isn't so.",
    remedy="do what the message says",
    reference="docs/access.md",
)
WAIVER: Final = About(
    id="WAIVER-01",
    severity="medium",
    title="a waiver is known, in time and used",
    why="A waiver that nobody needs hides the next finding of its rule.",
    remedy="correct or remove the entry in policies/waivers.yaml",
    reference="docs/policies.md",
)
PROGRAM: Final = About(
    id="PROGRAM-01",
    severity="high",
    title="a program does nothing that can't be reviewed",
    why="What a review can't follow, nobody has judged.",
    remedy="do what the message says",
    reference="docs/policies.md",
)
CHECKS: Final = (LOST_VALUE, NEW_ACCESS, DELETION, DIFFERENCE, NOTICE, WAIVER, PROGRAM)


@dataclass(frozen=True, kw_only=True)
class Remark:
    """One thing that a check found. `source`: `file:line`, or empty. `accepted`: it is shown,
    and refuses nothing."""

    rule: About
    text: str
    source: str = ""
    accepted: bool = False

    @property
    def refuses(self) -> bool:
        """Whether the change may not go on. A difference has an exit code of its own."""
        return not self.accepted and self.rule is not DIFFERENCE
