"""How values are read: of resources, of declarations; and how findings name what they found."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from policies.guardrails import catalogue, declaration
from policies.guardrails.each import each, gather
from policies.guardrails.leaves import leaves
from policies.guardrails.resource import UNKNOWN, NotEvaluable, Resource, Unreadable, shown
from policies.guardrails.rule import Context, StackRule, Violation
from policies.guardrails.run import Finding, Rules
from policies.guardrails.stack import Stack
from tests.policies.cases import TODAY

CONTEXT = Context(way="monitor", tier="production", today=TODAY)


def resource(name: str = "it", type_: str = "x:index:Thing", **inputs: Any) -> Resource:
    urn = f"urn:pulumi:test::p::{type_}::{name}"
    return Resource(urn=urn, type=type_, name=name, inputs=inputs, secrets=frozenset({("a", 1), ("key",)}))


IT = resource(
    text="t",
    flag=False,
    number=7,
    part=0.5,
    none=None,
    list=["a", "b"],
    object={"a": {"b": [1, {"c": "d"}]}},
    unknown=UNKNOWN,
    holds=["a", UNKNOWN, {"deep": UNKNOWN}],
)


def test_a_value_is_found_by_its_path() -> None:
    assert IT.get("object", "a", "b", 1, "c") == "d"
    assert IT.get("list", 1) == "b"
    assert IT.get("list", 2) is None
    assert IT.get("list", "a") is None
    assert IT.get("text", 0) is None
    assert IT.get("object", 0) is None
    assert IT.get("number", "a") is None
    assert IT.get("none", "a", 0) is None
    assert IT.get("holds") == ["a", UNKNOWN, {"deep": UNKNOWN}]


@pytest.mark.parametrize(
    ("path", "at"),
    [
        (("unknown",), "unknown"),
        (("unknown", "a", 0), "unknown"),
        (("holds", 2, "deep", "er"), "holds[2].deep"),
    ],
)
def test_what_is_not_known_is_named_where_it_stands(path: tuple[str | int, ...], at: str) -> None:
    with pytest.raises(NotEvaluable) as unknown:
        IT.get(*path)
    assert str(unknown.value) == at
    assert shown(unknown.value.path) == at


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: IT.text("text"), "t"),
        (lambda: IT.text("none"), None),
        (lambda: IT.flag("flag"), False),
        (lambda: IT.number("number"), 7),
        (lambda: IT.number("part"), 0.5),
        (lambda: IT.number("none"), None),
        (lambda: IT.texts("list"), ("a", "b")),
        (lambda: IT.texts("none"), ()),
        (lambda: IT.items("holds"), ("a", UNKNOWN, {"deep": UNKNOWN})),
        (lambda: IT.items("none"), ()),
        (lambda: IT.object("none"), {}),
        (lambda: IT.object("object", "a"), {"b": [1, {"c": "d"}]}),
        (lambda: resource(list=[None]).texts("list"), ("",)),
    ],
)
def test_a_value_is_read_as_what_it_is(read: Callable[[], Any], value: Any) -> None:
    assert read() == value


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (lambda: IT.text("number"), "number is no text"),
        (lambda: IT.flag("text"), "text is no true or false"),
        (lambda: IT.number("flag"), "flag is no number"),
        (lambda: resource(a=float("nan")).number("a"), "a is no number"),
        (lambda: IT.texts("text"), "text is no list of texts"),
        (lambda: IT.texts("object"), "object is no list of texts"),
        (lambda: IT.texts("object", "a", "b"), "object.a.b[0] is no text"),
        (lambda: IT.items("text"), "text is no list"),
        (lambda: IT.items("object"), "object is no list"),
        (lambda: IT.object("list"), "list is no object"),
    ],
)
def test_what_is_something_else_is_named(read: Callable[[], Any], says: str) -> None:
    with pytest.raises(Unreadable) as wrong:
        read()
    assert str(wrong.value) == says


def test_a_list_of_texts_that_holds_an_unknown_one_is_not_known() -> None:
    with pytest.raises(NotEvaluable, match=r"^holds\[1\]$"):
        IT.texts("holds")


def test_leaves_come_in_order_with_their_paths() -> None:
    assert list(leaves({"a": [1, {"b": 2}], "c": (3,), 4: None, "e": {}}, ("x",))) == [
        (("x", "a", 0), 1),
        (("x", "a", 1, "b"), 2),
        (("x", "c", 0), 3),
        (("x", "4"), None),
    ]


DECLARED: dict[str, Any] = {
    "a": {"b": {"word": "w", "count": 3, "flag": True}, "list": [{"x": 1}, 2, "y"], "names": {"k": 1}},
    "c": {"one": {"x": 1}, "two": 2, "three": UNKNOWN},
    "unknown": UNKNOWN,
}


def test_a_declaration_is_read_as_far_as_it_goes() -> None:
    assert declaration.part(DECLARED, "a", "b") == DECLARED["a"]["b"]
    assert declaration.part(DECLARED) == DECLARED
    assert declaration.word(DECLARED, "a", "b", "word") == "w"
    assert declaration.count(DECLARED, "a", "b", "count") == 3
    assert list(declaration.parts(DECLARED, "c")) == [("one", {"x": 1})]
    assert list(declaration.entries(DECLARED, "a", "list")) == [{"x": 1}]
    assert declaration.words(DECLARED, "a", "list") == ("y",)
    assert declaration.words(DECLARED, "a", "names") == ("k",)


@pytest.mark.parametrize("declared", [None, UNKNOWN, [], "a", {}, {"a": None}, {"a": UNKNOWN}, {"a": ["b"]}])
def test_what_is_not_declared_is_nothing(declared: Any) -> None:
    assert declaration.part(declared, "a", "b") == {}
    assert declaration.word(declared, "a", "b") == ""
    assert declaration.word(declared, "a") == ""
    assert declaration.count(declared, "a", "b") is None
    assert list(declaration.parts(declared, "a", "b")) == []
    assert list(declaration.entries(declared, "a", "b")) == []
    assert declaration.words(declared, "a", "b") == ()


def test_a_flag_is_no_number_and_a_number_no_text() -> None:
    assert declaration.count(DECLARED, "a", "b", "flag") is None
    assert declaration.count(DECLARED, "a", "b", "word") is None
    assert declaration.word(DECLARED, "a", "b", "count") == ""


def sees(found: Resource) -> list[Violation]:
    return [Violation(f"{found.text('key')}", ("key",))]


def test_what_is_not_known_hides_no_other_resource() -> None:
    first, second, third = resource("a", key=UNKNOWN), resource("b", key="k"), resource("c", key=1)
    found = each([first, second, third, resource("d", key=UNKNOWN)], sees)
    seen = list(itertools.islice(found, 2))
    with pytest.raises(NotEvaluable, match=r"^a\.key$"):
        next(found)
    assert seen == [(second, Violation("k", ("key",))), (third, Violation("key is no text", ("key",)))]


def test_what_is_gathered_comes_with_the_first_doubt() -> None:
    read = [resource("a", key="k"), resource("b", key=1), resource("c", key=UNKNOWN), resource("d", key="l")]
    found, doubt = gather(read, lambda one: [one.text("key")])
    assert found == ["k", "l"]
    assert str(doubt) == "b.key"
    assert gather(read[:1], lambda one: [one.text("key")]) == (["k"], None)


def stack_wide(check: Any) -> StackRule:
    about: Any = dict.fromkeys(("title", "why", "remedy", "reference"), "-")
    return StackRule(id="S-1", severity="low", check=check, **about)


@pytest.mark.parametrize(
    ("error", "outcome", "text"),
    [
        (NotEvaluable(("it", "key")), "not evaluable", "it.key is not known"),
        (Unreadable(("key",), "text"), "not evaluable", "key is no text"),
        (KeyError("key"), "crash", "the rule failed: KeyError"),
    ],
)
def test_a_stack_wide_rule_that_ends_early_says_so_without_a_place(
    error: Exception, outcome: Any, text: str
) -> None:
    def check(stack: Stack, context: Context) -> Any:
        del context
        yield stack.resources[0], Violation("first", ("key", 0))
        raise error

    rule, it = stack_wide(check), resource(key="k")
    first, last = Rules([rule]).review(Stack([it]), CONTEXT)
    assert first == Finding(
        rule=rule,
        outcome="violation",
        urn=it.urn,
        type=it.type,
        name="it",
        source="",
        text="first",
        path="key[0]",
    )
    assert first.place == "test::x:index:Thing::it"
    assert last == Finding(rule=rule, outcome=outcome, urn="", type="", name="", source="", text=text)
    assert last.place == ""


def test_marks_behind_one_that_is_not_known_are_kept_secret_too() -> None:
    it = resource(key="hunter2 hunter2", a=["-", UNKNOWN])

    def check(stack: Stack, context: Context) -> Any:
        del context
        yield stack.resources[0], Violation("it is hunter2 hunter2", ())

    (found,) = Rules([stack_wide(check)]).review(Stack([it]), CONTEXT)
    assert found.text == "it is …"


def test_a_stack_finds_its_resources_by_type_in_the_order_of_their_urns() -> None:
    b, a, other = resource("b"), resource("a"), resource("c", "y:index:Thing")
    stack = Stack([b, other, a])
    assert stack.resources == (a, b, other)
    assert stack.of("y:index:Thing", "x:index:Thing", "z:index:Thing") == (other, a, b)


def test_the_catalogue_has_no_id_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    assert catalogue.rules().all == catalogue.ALL
    monkeypatch.setattr(catalogue, "ALL", (*catalogue.ALL, catalogue.ALL[3], catalogue.ALL[0]))
    doubled = sorted({catalogue.ALL[0].id, catalogue.ALL[3].id})
    with pytest.raises(ValueError, match=f"^two rules with the id {', '.join(doubled)}$"):
        catalogue.rules()
