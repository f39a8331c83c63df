"""Leaks at every place of a state, and what is listed and counted beside them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.captured import captured
from tests.certify.looking import (
    CANARY,
    NAME,
    TYPE,
    URN,
    VALUE,
    encrypted,
    entry,
    finder,
    found,
    look,
    marked,
    state,
)
from tests.review.planted import exported
from workload_secrets.certify.certificate import Finding, Marked, NotLookedAt, Place
from workload_secrets.certify.report import as_json, render
from workload_secrets.certify.search import Search
from workload_secrets.errors import InputError

STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
SCHEMA = "the provider's schema says so"
TOKEN = "hvs." + "CAESIJx3kQ9vLmPz7Yt2WbNr5TgU8sXc"


def stack_outputs(**outputs: Any) -> dict[str, Any]:
    return entry(outputs=outputs, type_="pulumi:pulumi:Stack", urn=STACK)


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_projects_own_stacks_are_clean(stack: str) -> None:
    graph = captured(stack)
    certificate = look(exported(graph))
    assert certificate.verdict == "clean"
    assert certificate.resources == len(graph.resources)
    assert certificate.texts > certificate.resources
    assert render(certificate).splitlines()[-1].startswith("clean: ")


def test_no_resource_at_all_is_clean() -> None:
    assert look({"version": 3, "deployment": None}).verdict == "clean"
    assert look({"version": 3, "deployment": {"manifest": {}}}).verdict == "clean"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (state(entry({"tags": {"a.b": [VALUE]}})), f'{URN} inputs.tags["a.b"][0]'),
        (state(entry({}, {"arn": VALUE})), f"{URN} outputs.arn"),
        (state(entry({VALUE: 1})), f"{URN} inputs[a name that holds a secret]"),
        (state(entry(aliases=["x", VALUE])), f"{URN} aliases[1]"),
        (state(entry(ignoreChanges=[VALUE])), f"{URN} ignoreChanges[0]"),
        (state(entry(additionalSecretOutputs=[VALUE])), f"{URN} additionalSecretOutputs[0]"),
        (state(entry(id=VALUE)), f"{URN} id"),
        (state(entry(delete=True, inputs={"a": VALUE})), f"{URN} inputs.a"),
        (state(entry(initErrors=[f"failed: {VALUE}"])), f"{URN} initErrors[0]"),
        (state(entry(urn=f"{URN}{VALUE}")), f"resources[0] of type {TYPE} urn"),
        (state(entry(urn=f"{URN}{VALUE}", type=VALUE)), "resources[0] urn"),
        (state(stack_outputs(token={"now": VALUE})), f"{STACK} outputs.token.now"),
        (
            state(secrets_providers={"state": {"url": VALUE}}),
            "the state deployment.secrets_providers.state.url",
        ),
        (state(metadata={"note": VALUE}), "the state deployment.metadata.note"),
        (
            state(pending_operations=[{"type": "creating", "resource": entry({"a": VALUE})}]),
            f"{URN} pending_operations[0].resource.inputs.a",
        ),
        (
            state(pending_operations=[{"type": VALUE, "resource": entry()}]),
            f"{URN} pending_operations[0].type",
        ),
    ],
)
def test_a_value_is_found_wherever_it_stands_and_never_shown(data: dict[str, Any], place: str) -> None:
    certificate = look(data)
    assert (NAME, place) in found(certificate)
    assert {finding.secret for finding in certificate.findings} == {NAME}
    for text in (render(certificate), json.dumps(as_json(certificate))):
        assert VALUE not in text
        assert json.dumps(VALUE)[1:-1] not in text


def test_a_value_behind_the_mark_of_a_secret_is_found_and_the_mark_is_listed() -> None:
    certificate = look(state(entry({"a": marked({"deep": [VALUE]}), "b": marked("")})))
    assert certificate.findings == [
        Finding(place=Place(subject=URN, path="inputs.a.deep[0]"), secret=NAME, form="raw", marked=True)
    ]
    said = "the program says so, or it comes from a secret"
    assert certificate.marked == [
        Marked(place=Place(subject=URN, path="inputs.a"), why=said, content="a value"),
        Marked(place=Place(subject=URN, path="inputs.b"), why=said, content="empty"),
    ]


def test_what_is_encrypted_is_not_looked_at_and_so_nothing_is_clean() -> None:
    certificate = look(state(entry({"a": "b", "c": [encrypted()]})))
    assert certificate.verdict == "incomplete"
    assert certificate.not_looked_at == [
        NotLookedAt(what=f"{URN} inputs.c[0]", reason="encrypted: export it with --show-secrets")
    ]
    assert certificate.marked[0].content == "encrypted"
    last = render(certificate).splitlines()[-1]
    assert last.startswith("not shown to be clean: ")
    assert last.endswith("1 not looked at")


def test_a_mark_with_both_forms_still_has_what_nobody_read() -> None:
    both = {**encrypted(), "plaintext": '"harmless"'}
    assert look(state(entry({"a": both}))).verdict == "incomplete"


@pytest.mark.parametrize(
    ("type_", "inputs", "path"),
    [
        ("aws:secretsmanager/secretVersion:SecretVersion", {"secretString": '{"a": "b"}'}, "secretString"),
        ("vault:kv/secretV2:SecretV2", {"dataJson": '{"a": "b"}'}, "dataJson"),
        ("kubernetes:core/v1:Secret", {"stringData": {"config": "b"}}, "stringData.config"),
        ("kubernetes:core/v1:Secret", {"data": {"config": "Yg=="}}, "data.config"),
        ("aws:rds/instance:Instance", {"password": "correct horse"}, "password"),
        ("tls:index/privateKey:PrivateKey", {"privateKeyPem": "MIIEow"}, "privateKeyPem"),
        ("random:index/randomPassword:RandomPassword", {"result": "b"}, "result"),
        ("kubernetes:core/v1:SecretPatch", {"stringData": {"a": {"b": "c"}}}, "stringData.a.b"),
        (TYPE, {"description": f"see {TOKEN}"}, "description"),
        (TYPE, {"a": {"b": [f"postgres://app:{'s3' * 5}@db/x"]}}, "a.b[0]"),
    ],
)
@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_a_secret_by_its_place_or_form_is_found_only_where_it_has_no_mark(
    type_: str, inputs: dict[str, Any], path: str, side: str
) -> None:
    plain = look(state({**entry(type_=type_), side: inputs}))
    places = {str(finding.place) for finding in plain.findings}
    assert places == {f"urn:pulumi:dev::shop::{type_}::pay {side}.{path}"}
    kept = {key: marked(value) for key, value in inputs.items()}
    assert look(state({**entry(type_=type_), side: kept})).verdict == "clean"


def test_a_secret_that_kubectl_applied_stands_in_an_annotation_too() -> None:
    type_, name = "kubernetes:core/v1:Secret", "kubectl.kubernetes.io/last-applied-configuration"
    applied = {"kind": "Secret", "data": {"config": "Yg=="}}
    metadata = {"annotations": {name: json.dumps(applied)}}
    places = {place for _, place in found(look(state(entry({"metadata": metadata}, type_=type_))))}
    assert places == {f'urn:pulumi:dev::shop::{type_}::pay inputs.metadata.annotations["{name}"]'}
    metadata["annotations"][name] = json.dumps({**applied, "data": {}})
    assert look(state(entry({"metadata": metadata}, type_=type_))).verdict == "clean"


def test_an_output_that_the_options_name_as_secret_must_be_marked() -> None:
    named = entry(outputs={"key": {"a": "b"}, "other": "c"}, additionalSecretOutputs=["key", "none"])
    assert {place for _, place in found(look(state(named)))} == {f"{URN} outputs.key.a"}


@pytest.mark.parametrize(
    ("type_", "more", "why"),
    [
        ("aws:rds/instance:Instance", {"inputs": {"password": marked("a")}}, SCHEMA),
        ("kubernetes:core/v1:Secret", {"inputs": {"data": marked({"a": "b"})}}, SCHEMA),
        (
            TYPE,
            {"outputs": {"key": marked("a")}, "additionalSecretOutputs": ["key"]},
            "additionalSecretOutputs names it: the provider's schema or the program says so",
        ),
        (
            TYPE,
            {"inputs": {"key": marked("a")}, "outputs": {"key": "b", "other": "c"}},
            "the program says so, or it comes from a secret",
        ),
        (
            "pulumi:pulumi:Stack",
            {"outputs": {"key": marked("a")}},
            "the program exports it as a secret, or it comes from one",
        ),
    ],
)
def test_why_a_property_is_marked(type_: str, more: dict[str, Any], why: str) -> None:
    assert [one.why for one in look(state(entry(type_=type_, **more))).marked] == [why]


def test_an_output_is_marked_since_its_input_is() -> None:
    both = entry({"key": marked("a")}, {"key": marked("a")})
    assert [one.why for one in look(state(both)).marked] == [
        "the program says so, or it comes from a secret",
        "the input of the same name is secret",
    ]


def test_a_canary_is_named_where_its_name_is_known() -> None:
    data = state(entry({"a": CANARY}), stack_outputs(b=json.dumps({"c": CANARY[:-1]})))
    assert {secret for secret, _ in found(look(data, finder({})))} == {"a canary"}
    search = finder({})
    search.search = Search({}, "ws-canary-", {CANARY: "billing-api/api_key"}.get)
    assert found(look(data, search)) == {
        ("canary of billing-api/api_key", f"{URN} inputs.a"),
        ("a canary", f"{STACK} outputs.b"),
    }


def test_a_name_that_stands_twice_hides_nothing() -> None:
    text = json.dumps(state(entry({"a": "@"}))).replace('"@"', f'{json.dumps(VALUE)}, "a": "b"')
    assert found(look(text.encode())) == {(NAME, f"{URN} inputs.a")}


def test_one_value_at_one_place_is_one_finding_in_its_plainest_form() -> None:
    text = f"{VALUE} {VALUE.encode().hex()} {VALUE}"
    assert [f.form for f in look(state(entry({"a": text}))).findings] == ["raw"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"version": 3}',
        '{"deployment": {}}',
        "\xff",
        "null",
        '{"version": 3, "deployment": {"resources": [{}]}}',
        '{"version": 3, "deployment": {"resources": [{"urn": 1, "type": "a"}]}}',
        '{"version": 3, "deployment": {"resources": {"urn": "a"}}}',
        '{"version": 3, "deployment": {"pending_operations": [{}]}}',
        "[" * 100_000,
        '{"version": 3, "checkpoint": {}}',
    ],
)
def test_what_is_no_state_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(InputError) as raised:
        look(text.encode("latin-1"))
    assert str(raised.value) == "state.json: no output of `pulumi stack export`. Make one with it."


@pytest.mark.parametrize("inputs", [[], "text", 5, {"a": {"4dabf18193072939515e22adb298388d": "x"}}])
def test_a_malformed_resource_is_looked_at_and_noted(inputs: Any) -> None:
    certificate = look(state(entry(inputs=inputs, outputs={"a": VALUE})))
    assert (NAME, f"{URN} outputs.a") in found(certificate)


def test_deep_nesting_is_looked_at_to_the_end() -> None:
    deep: Any = VALUE
    for _ in range(400):
        deep = [deep]
    assert NAME in {secret for secret, _ in found(look(state(entry({"a": deep}))))}
