"""What a preview found beside the rules, as remarks of its review."""

from __future__ import annotations

from collections.abc import Iterator

from workload_secrets.access.change import Change
from workload_secrets.access.notice import Notice
from workload_secrets.access.proof import Proof
from workload_secrets.review.remark import DELETION, DIFFERENCE, LOST_VALUE, NEW_ACCESS, NOTICE, Remark


def remarks(
    change: Change | None,
    notices: tuple[Notice, ...],
    proof: Proof,
    *,
    new_stack: bool,
    accept_new_access: bool,
    accept_deletions: bool = False,
) -> tuple[Remark, ...]:
    """Everything, in a fixed order. A new stack's rights are new with it, and no remark."""
    found = () if change is None else _change(change, new_stack=new_stack, accepted=accept_new_access)
    deletions = () if change is None else change.deletions
    return (
        *found,
        *(Remark(rule=DELETION, text=d.text, source=d.source, accepted=accept_deletions) for d in deletions),
        *(Remark(rule=NOTICE, text=n.text, source=n.source) for n in notices if n.level == "violation"),
        *(Remark(rule=DIFFERENCE, text=d.sentence(), source=d.source) for d in proof.differences),
    )


def _change(change: Change, *, new_stack: bool, accepted: bool) -> Iterator[Remark]:
    for refusal in change.refusals:
        yield Remark(rule=LOST_VALUE, text=refusal.text, source=refusal.source)
    for right in () if new_stack else change.gained:
        yield Remark(rule=NEW_ACCESS, text=right, accepted=accepted)
