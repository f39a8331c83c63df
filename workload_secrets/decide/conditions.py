"""Condition elements of IAM policies, three-valued.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from workload_secrets.decide.answer import Answer, Decision, both
from workload_secrets.decide.glob import Pattern, Wild, matches, tokens
from workload_secrets.decide.request import Request, Unsure, expand
from workload_secrets.decide.statements import Statement, Test

# True, False, or None where it can't be decided.
Maybe = bool | None
# As text where no variable was replaced: then nothing need be taken apart.
Expected = str | Pattern
Compare = Callable[[str, Expected], Maybe]


def holds(statement: Statement, request: Request) -> Decision:
    """Whether every test of the statement's Condition holds for this request."""
    return both([_test(t, statement, request) for t in statement.tests])


def _test(test: Test, statement: Statement, request: Request) -> Decision:
    result = _outcome(test, statement, request)
    where = f"{statement.label}: {test.operator} on {test.key}"
    if result is None:
        return Decision(Answer.UNKNOWN, (f"{where} can't be decided",))
    if result:
        return Decision(Answer.YES, (f"{where} holds",))
    return Decision(Answer.NO, (f"{where} does not hold",))


def _outcome(test: Test, statement: Statement, request: Request) -> Maybe:
    quantifier, operator, if_exists = _split(test.operator)
    actual = request.value(test.key)
    if operator == "null":
        return _null(test, actual)
    compare, negated = _operator(operator)
    if compare is None or isinstance(actual, Unsure):
        return None
    if actual is None:
        return if_exists or quantifier == "all" or (negated and quantifier != "any")
    values = (actual,) if isinstance(actual, str) else actual
    if quantifier == "" and len(values) != 1:
        return None
    results: list[Maybe] = []
    for value in values:
        near = test.near(value) if compare in _GLOBBED else test.values
        expected = [_pattern(v, operator, statement, request) for v in near]
        results.append(_against(value, expected, compare, negated))
    return _all(results) if quantifier == "all" else _any(results)


def _split(operator: str) -> tuple[str, str, bool]:
    """The set quantifier (`all`, `any` or empty), the bare operator, IfExists or not."""
    name = operator.lower()
    quantifier = ""
    for prefix, short in (("forallvalues:", "all"), ("foranyvalue:", "any")):
        if name.startswith(prefix):
            name, quantifier = name[len(prefix) :], short
    bare = name.removesuffix("ifexists")
    return quantifier, bare, bare != name


def _null(test: Test, actual: object) -> Maybe:
    wanted = test.values[0] if len(test.values) == 1 else None
    if wanted is None or wanted.lower() not in ("true", "false") or isinstance(actual, Unsure):
        return None
    return (actual is None) == (wanted.lower() == "true")


def _pattern(value: str | None, operator: str, statement: Statement, request: Request) -> Expected | None:
    """The expected value; wildcards count in Like and Arn operators, variables in those and String."""
    if value is None:
        return None
    textual = "string" in operator or "arn" in operator
    if not (textual and statement.variables and "${" in value):
        return value
    pattern = expand(value, request)
    if pattern is None or "like" in operator or "arn" in operator:
        return pattern
    return tuple(t.value if isinstance(t, Wild) else t for t in pattern)


def _against(value: str, expected: list[Expected | None], compare: Compare, negated: bool) -> Maybe:
    """Any expected value for plain operators, none of them for negated ones."""
    result = _any(None if e is None else compare(value, e) for e in expected)
    return None if result is None else result != negated


def _any(results: Iterable[Maybe]) -> Maybe:
    found = list(results)
    return True if True in found else None if None in found else False


def _all(results: Iterable[Maybe]) -> Maybe:
    found = list(results)
    return False if False in found else None if None in found else True


def _literal(pattern: Expected) -> str:
    if isinstance(pattern, str):
        return pattern
    return "".join(t.value if isinstance(t, Wild) else t for t in pattern)


def _same(value: str, pattern: Expected) -> Maybe:
    return value == _literal(pattern)


def _same_ignoring_case(value: str, pattern: Expected) -> Maybe:
    return value.lower() == _literal(pattern).lower()


def _like(value: str, pattern: Expected) -> Maybe:
    return matches(pattern, value)


def _arn(value: str, pattern: Expected) -> Maybe:
    """Each of the six fields of an ARN is compared on its own."""
    return arn_matches(tokens(pattern) if isinstance(pattern, str) else pattern, value)


def _boolean(value: str, pattern: Expected) -> Maybe:
    wanted = _literal(pattern).lower()
    known = ("true", "false")
    return value.lower() == wanted if wanted in known and value.lower() in known else None


def _address(value: str, pattern: Expected) -> Maybe:
    try:
        network = ipaddress.ip_network(_literal(pattern), strict=False)
        return ipaddress.ip_address(value) in network
    except ValueError:
        return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _date(text: str) -> float | None:
    seconds = _number(text)
    if seconds is not None:
        return seconds
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _ordered(read: Callable[[str], float | None], test: Callable[[float, float], bool]) -> Compare:
    def compare(value: str, pattern: Expected) -> Maybe:
        left, right = read(value), read(_literal(pattern))
        return None if left is None or right is None else test(left, right)

    return compare


def arn_matches(pattern: Pattern, value: str) -> bool:
    """Whether an ARN matches field by field: no wildcard spans a colon before the sixth field."""
    if pattern == (Wild.ANY,):
        return True
    parts, fields = _fields(pattern), value.split(":", 5)
    return len(parts) == len(fields) and all(matches(p, f) for p, f in zip(parts, fields, strict=True))


def _fields(pattern: Pattern) -> list[Pattern]:
    found: list[Pattern] = []
    rest = pattern
    while ":" in rest and len(found) < 5:
        at = rest.index(":")
        found.append(rest[:at])
        rest = rest[at + 1 :]
    return [*found, rest]


_ORDER: Final[tuple[tuple[str, Callable[[float, float], bool]], ...]] = (
    ("equals", lambda a, b: a == b),
    ("lessthan", lambda a, b: a < b),
    ("lessthanequals", lambda a, b: a <= b),
    ("greaterthan", lambda a, b: a > b),
    ("greaterthanequals", lambda a, b: a >= b),
)
_OPERATORS: Final[dict[str, Compare]] = {
    "stringequals": _same,
    "stringequalsignorecase": _same_ignoring_case,
    "stringlike": _like,
    "arnequals": _arn,
    "arnlike": _arn,
    "bool": _boolean,
    "ipaddress": _address,
    **{f"numeric{n}": _ordered(_number, t) for n, t in _ORDER},
    **{f"date{n}": _ordered(_date, t) for n, t in _ORDER},
}


# What these hold equal is equal as a pattern too, so the index of patterns misses nothing.
_GLOBBED: Final = (_same, _like, _arn)


def _operator(name: str) -> tuple[Compare | None, bool]:
    """The comparison and whether it is negated; no comparison for an unknown operator."""
    negated = "not" in name
    return _OPERATORS.get(name.replace("not", "", 1) if negated else name), negated
