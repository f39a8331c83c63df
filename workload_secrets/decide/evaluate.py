"""The evaluation logic of IAM within one organisation without service control policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from workload_secrets.decide import conditions
from workload_secrets.decide.answer import Answer, Decision, both, either
from workload_secrets.decide.glob import Pattern, Wild, literal_start, matches, tokens
from workload_secrets.decide.principals import Named, account_of, answer, named
from workload_secrets.decide.request import Request, expand
from workload_secrets.decide.statements import Document, Names, Source, Statement, read

Policies = Sequence[Source] | Mapping[str, Source]
_COLONS: Final = 5
"""Of an ARN: a pattern that spells them all has its wildcards in the last field."""
_Applies = Callable[[Statement], Decision]


def documents(policies: Policies, kind: str = "identity policy") -> tuple[Document, ...]:
    """Reads several documents; a mapping's keys name them in reasons."""
    if isinstance(policies, Mapping):
        return tuple(read(source, f"{kind} {name}") for name, source in policies.items())
    return tuple(read(source, f"{kind} {index}") for index, source in enumerate(policies))


def identity(
    policies: Policies,
    request: Request,
    boundary: Source = None,
    resource_policy: Source = None,
    *,
    enabling: bool = False,
) -> Decision:
    """Whether a principal may do what `request` says.

    `policies` are its identity policies; one that is None or not known makes the answer
    unknown where it could matter. `boundary` and `resource_policy` are left out when
    None; pass the graph's UNKNOWN for one that exists but isn't known. Within one
    account the resource policy may grant alone (within the boundary); across accounts
    both must allow. `enabling` is for a KMS key policy: identity policies count only
    where it names the principal or its account.
    """
    own = documents(policies)
    limit = None if boundary is None else (read(boundary, "permissions boundary"),)
    resource: tuple[Document, ...] | None = None
    if resource_policy is not None or enabling:
        resource = (read(resource_policy, "key policy" if enabling else "resource policy"),)
    refused = [_denied(found, request, _anyone) for found in (own, limit) if found]
    if resource:
        refused.append(_denied(resource, request, _principal(request)))
    grant = _grant(own, resource, request, enabling=enabling)
    if limit:
        grant = both([grant, _granted(limit, request, _anyone)])
    return _combined(either(refused), grant)


def resource_alone(policy: Source, request: Request, name: str) -> Decision:
    """Whether a resource's own policy (a trust or key policy) lets the principal in by itself."""
    found = (read(policy, name),)
    applies = _principal(request)
    return _combined(_denied(found, request, applies), _granted(found, request, applies))


def _grant(
    own: Sequence[Document], resource: Sequence[Document] | None, request: Request, *, enabling: bool
) -> Decision:
    mine = _granted(own, request, _anyone)
    owner, caller = account_of(request.resource), account_of(request.principal)
    foreign = owner is not None and caller is not None and owner != caller
    if resource is None:
        reason = "the resource is in another account and has no policy that grants it"
        return Decision(Answer.NO, (reason,)) if foreign else mine
    direct = _granted(resource, request, _principal(request))
    through_account = both([_granted(resource, request, _account(request)), mine])
    if foreign:
        return through_account
    return either([direct, through_account] if enabling else [mine, direct])


def _combined(refused: Decision, grant: Decision) -> Decision:
    """Deny wins; an undecided Deny leaves a refusal a refusal, and a grant undecided."""
    if refused.answer is Answer.YES:
        return Decision(Answer.NO, refused.reasons)
    if grant.answer is Answer.NO:
        return grant
    return refused if refused.answer is Answer.UNKNOWN else grant


def _denied(found: Sequence[Document], request: Request, applies: _Applies) -> Decision:
    return _effect(found, request, applies, allow=False)


def _granted(found: Sequence[Document], request: Request, applies: _Applies) -> Decision:
    decision = _effect(found, request, applies, allow=True)
    if decision.answer is not Answer.NO:
        return decision
    names = ", ".join(d.name for d in found) or "no policy at all"
    reason = f"no statement allows {request.action} on {request.resource} ({names})"
    return Decision(Answer.NO, (*decision.reasons, reason))


def _effect(found: Sequence[Document], request: Request, applies: _Applies, *, allow: bool) -> Decision:
    """Yes if a statement of this effect matches. Only reasons of near misses are kept."""
    answers: list[Decision] = []
    for document in found:
        if document.problem is not None:
            answers.append(Decision(Answer.UNKNOWN, (f"{document.name} {document.problem}",)))
        answers += [
            _matches(s, request, applies) for s in document.aimed_at(request.action) if s.allow is allow
        ]
    return either(answers)


def _matches(statement: Statement, request: Request, applies: _Applies) -> Decision:
    verb = "allows" if statement.allow else "denies"
    aimed = both([_action(statement, request), _resource(statement, request)])
    if aimed.answer is Answer.NO:
        return Decision(Answer.NO)
    rest = both([applies(statement), aimed, conditions.holds(statement, request)])
    if rest.answer is Answer.YES:
        return Decision(Answer.YES, (f"{statement.label} {verb} {request.action}",))
    return rest


def _action(statement: Statement, request: Request) -> Decision:
    wanted = request.action.lower()
    return _listed(
        statement.action,
        statement.action.values,
        lambda text: matches(text.lower(), wanted),
        f"{statement.label} has an action that is not known",
    )


def _resource(statement: Statement, request: Request) -> Decision:
    """A trust policy has no Resource: it is about the role itself."""
    if statement.resource is None:
        return Decision(Answer.YES)
    return _listed(
        statement.resource,
        statement.resource.near(request.resource),
        lambda text: _resource_matches(text, statement, request),
        f"{statement.label} has a resource that is not known here",
    )


def _resource_matches(text: str, statement: Statement, request: Request) -> bool | None:
    """None where a variable is open, or a wildcard would have to span fields of the ARN.

    A call that has no resource asks for `*`, which is no ARN: only `*` allows it.
    """
    if text == "*":
        return True
    open_ = statement.variables and "${" in text
    if not open_ and not matches(text, request.resource):
        return False
    if not open_ and literal_start(text).count(":") >= _COLONS:
        return True
    pattern = expand(text, request) if open_ else tokens(text)
    if pattern is None:
        return None
    if open_ and not matches(pattern, request.resource):
        return False
    return True if conditions.arn_matches(_whole(pattern), request.resource) else None


def _whole(pattern: Pattern) -> Pattern:
    """A shortened ARN such as `arn:aws:s3:*`: the last star stands for all fields that follow."""
    missing = _COLONS - pattern.count(":")
    short = missing > 0 and pattern[-1:] == (Wild.ANY,) and pattern[-2:-1] in ((), (":",))
    return (*pattern, *((":", Wild.ANY) * missing)) if short else pattern


def _listed(
    names: Names, near: Sequence[str | None], test: Callable[[str], bool | None], unknown: str
) -> Decision:
    """`near` are the values of `names` that the test may hold for."""
    results = [None if v is None else test(v) for v in near]
    hit = True if True in results else None if None in results else False
    if hit is None:
        return Decision(Answer.UNKNOWN, (unknown,))
    return Decision(Answer.YES if hit != names.inverted else Answer.NO)


def _anyone(_statement: Statement) -> Decision:
    return Decision(Answer.YES)


def _principal(request: Request) -> _Applies:
    def applies(statement: Statement) -> Decision:
        found = answer(named(statement.principal, request.principal), allow=statement.allow)
        reason = f"{statement.label} does not name {request.principal}"
        return Decision(found, () if found is Answer.YES else (reason,))

    return applies


def _account(request: Request) -> _Applies:
    def applies(statement: Statement) -> Decision:
        found = named(statement.principal, request.principal)
        if found is Named.UNKNOWN:
            return Decision(Answer.UNKNOWN, (f"{statement.label} names a principal that is not known",))
        return Decision(Answer.YES if found in (Named.BY_ACCOUNT, Named.DIRECTLY) else Answer.NO)

    return applies
