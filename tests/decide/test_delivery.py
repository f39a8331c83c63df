"""Which namespaces delivery objects let in, and whose identity they use."""

from __future__ import annotations

import time
from typing import Any

import pytest

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.delivery import patterns
from workload_secrets.decide.delivery.model import read
from workload_secrets.decide.delivery.node import Node, Unclear
from workload_secrets.decide.delivery.routes import Delivery
from workload_secrets.decide.delivery.spaces import EVERY, NONE, Spaces, matching, only, selected

LABELS = {"shop": Node({"team": "web"}), "ops": Node({"team": "ops", "env": "prod"}), "later": Node(object())}
ESO = "kubernetes:external-secrets.io/v1"
VSO = "kubernetes:secrets.hashicorp.com/v1beta1"


@pytest.mark.parametrize(
    ("pattern", "taken", "refused"),
    [
        ("billing", ["billing", "x-billing-y"], ["billin"]),
        ("^billing", ["billing-x"], ["x-billing"]),
        ("", ["billing"], []),
        ("^billing$|^pay$", ["billing", "pay"], ["billing-x"]),
        ("^a|b$", ["ax", "xb"], ["xa"]),
        (r"^billing\z", ["billing"], ["billingx"]),
        ("(?i)BILLING", ["billing"], ["shop"]),
        ("^bill[aeiou]ng$", ["billing"], ["billxng"]),
    ],
)
def test_an_expression_takes_what_go_takes(pattern: str, taken: list[str], refused: list[str]):
    assert [name for name in taken if patterns.takes(pattern, name) is not True] == []
    assert [name for name in refused if patterns.takes(pattern, name) is not False] == []


@pytest.mark.parametrize(
    "pattern",
    ["(", "(?=billing)", r"\Qa.b\E", "[[:alpha:]]+", r"\pL", "(a+)+$", "(a|a)?(a|a)?(a|a)?(a|a)?b", "a{,3}"],
)
def test_an_expression_that_python_reads_otherwise_or_slowly_is_not_decided(pattern: str):
    assert patterns.takes(pattern, "a" * 60) is None


@pytest.mark.parametrize("pattern", ["a?" * 99, "(a|a)" * 39 + "b", ".*.*.*a.*", "x*" * 100, "(x|y" * 30])
def test_no_expression_takes_long(pattern: str):
    start = time.perf_counter()
    patterns.example(pattern, ["a" * 63], but="billing")
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("^billing$", {"billing"}),
        ("^(a|b)$", {"a", "b"}),
        (r"\A(?:a)\z", {"a"}),
        ("^a|b$", None),
        ("billing", None),
        ("^billing", None),
        ("^bill.ng$", None),
        ("^$", None),
    ],
)
def test_only_a_list_that_is_bound_at_both_ends_is_exact(pattern: str, names: set[str] | None):
    assert patterns.exact(pattern) == names


def test_an_example_is_another_name_than_the_given_one():
    assert patterns.example("^shop", ["shop", "shop-2"], but="shop") == "shop-2"
    assert patterns.example("^bill[i]ng$", ["shop"], but="billing") is None


@pytest.mark.parametrize(
    ("selector", "answers"),
    [
        (
            {"matchLabels": {"team": "web"}},
            {"shop": "yes", "ops": "no", "later": "unknown", "new": "unknown"},
        ),
        ({"matchExpressions": [{"key": "env", "operator": "Exists"}]}, {"shop": "no", "ops": "yes"}),
        ({"matchExpressions": [{"key": "env", "operator": "DoesNotExist"}]}, {"shop": "yes", "ops": "no"}),
        (
            {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["ops"]}]},
            {"shop": "yes", "ops": "no"},
        ),
        ({"matchExpressions": [{"key": "team", "operator": "Gt", "values": ["1"]}]}, {"shop": "unknown"}),
        (
            {
                "matchExpressions": [
                    {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["shop"]}
                ]
            },
            {"shop": "yes", "ops": "no", "new": "no"},
        ),
    ],
)
def test_a_selector_is_decided_by_the_labels_that_are_known(selector: Any, answers: dict[str, str]):
    found = selected(Node(selector))
    assert {name: found.takes(name, LABELS).value for name in answers} == answers


def test_an_empty_selector_is_every_namespace_and_none_is_no_namespace():
    assert selected(Node({})) == selected(Node({"matchLabels": {}})) == EVERY
    assert selected(Node(None)) == NONE


@pytest.mark.parametrize(
    ("spaces", "own", "answer", "named"),
    [
        (EVERY, "shop", Answer.YES, ()),
        (NONE, "shop", Answer.NO, ()),
        (only("shop"), "shop", Answer.NO, ()),
        (only("shop"), None, Answer.YES, ("shop",)),
        (only("shop", "web"), "shop", Answer.YES, ("web",)),
        (matching(Node(["^shop$"])), "shop", Answer.NO, ()),
        (matching(Node(["shop"])), "shop", Answer.YES, ()),
        (matching(Node(["^o"])), "shop", Answer.YES, ("ops",)),
        (
            Spaces(selectors=selected(Node({"matchLabels": {"team": "web"}})).selectors),
            "shop",
            Answer.UNKNOWN,
            (),
        ),
    ],
)
def test_the_others_of_a_set(spaces: Spaces, own: str | None, answer: Answer, named: tuple[str, ...]):
    found = spaces.others(own, LABELS)
    assert (found.answer, found.named) == (answer, named)


def sentences(*resources: tuple[str, dict[str, Any]]) -> list[str]:
    """What all routes of these objects say."""
    delivery = Delivery.of((str(n), type_, inputs, {}) for n, (type_, inputs) in enumerate(resources))
    return [route.sentence() for item in delivery.objects for route in delivery.routes(item)]


def store(auth: Any, **spec: Any) -> tuple[str, dict[str, Any]]:
    provider = {"provider": {"vault": {"auth": auth}}}
    return f"{ESO}:ClusterSecretStore", {"metadata": {"name": "s"}, "spec": {**provider, **spec}}


ACCOUNT = {"name": "pay", "namespace": "billing"}
OF_ACCOUNT = "it lets every namespace log in as the ServiceAccount billing/pay"
OF_SECRET = "it lets every namespace log in with what the Secret billing/pay holds"
OF_OPERATOR = "it lets every namespace log in as the operator itself"


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        ({"kubernetes": {"serviceAccountRef": ACCOUNT}}, OF_ACCOUNT),
        ({"kubernetes": {"secretRef": ACCOUNT}}, OF_SECRET),
        ({"kubernetes": {"serviceAccountRef": {"name": "pay"}, "secretRef": ACCOUNT}}, None),
        ({"kubernetes": {}}, OF_OPERATOR),
        ({"jwt": {"kubernetesServiceAccountToken": {"serviceAccountRef": ACCOUNT}}}, OF_ACCOUNT),
        ({"jwt": {"secretRef": ACCOUNT}}, OF_SECRET),
        ({"tokenSecretRef": ACCOUNT}, OF_SECRET),
        ({"tokenSecretRef": {"name": "pay"}, "kubernetes": {"serviceAccountRef": ACCOUNT}}, None),
        ({"appRole": {"secretRef": ACCOUNT}}, OF_SECRET),
        ({"ldap": {"secretRef": ACCOUNT}}, OF_SECRET),
        ({"userPass": {"secretRef": ACCOUNT}}, OF_SECRET),
        ({"cert": {"clientCert": {"name": "x"}, "secretRef": ACCOUNT}}, OF_SECRET),
        ({"iam": {"jwt": {"serviceAccountRef": ACCOUNT}}}, OF_ACCOUNT),
        ({"iam": {"region": "eu-central-1"}}, OF_OPERATOR),
        ({"gcp": {"workloadIdentity": {"serviceAccountRef": ACCOUNT}}}, OF_ACCOUNT),
        ({"gcp": {"serviceAccountRef": ACCOUNT}}, OF_OPERATOR),
        (None, OF_OPERATOR),
    ],
)
def test_every_method_of_vault_has_its_identity(auth: Any, said: str | None):
    assert sentences(store(auth)) == ([said] if said else [])


def test_a_use_is_judged_by_the_conditions_of_its_store_too():
    use = (
        f"{ESO}:ClusterExternalSecret",
        {
            "metadata": {"name": "c"},
            "spec": {
                "namespaces": ["billing", "shop", "web"],
                "externalSecretSpec": {"secretStoreRef": {"kind": "ClusterSecretStore", "name": "s"}},
            },
        },
    )
    auth = {"kubernetes": {"serviceAccountRef": ACCOUNT}}
    one = store(auth, conditions=[{"namespaces": ["billing", "web"]}])
    account = "log in as the ServiceAccount billing/pay"
    assert sentences(use, one) == [
        f"ClusterSecretStore s lets namespace web {account}",
        f"it lets namespace web {account}",
    ]
    assert sentences(use, store(auth, conditions=[{"namespaces": ["billing"]}])) == []


def test_what_is_not_known_is_named_and_of_another_form_too():
    with pytest.raises(Unclear) as unknown:
        sentences(store({"kubernetes": {"serviceAccountRef": {"name": object()}}}))
    keys = ("spec", "provider", "vault", "auth", "kubernetes", "serviceAccountRef", "name")
    assert (unknown.value.path, unknown.value.wanted) == (keys, "")
    with pytest.raises(Unclear) as wrong:
        sentences(store({"kubernetes": "x"}))
    assert wrong.value.wanted == "object"


@pytest.mark.parametrize(
    "type_",
    ["kubernetes:core/v1:Secret", f"{VSO}:VaultStaticSecret", "vault:index/policy:Policy", f"{ESO}:Other"],
)
def test_other_kinds_decide_nothing(type_: str):
    assert read("x", type_, {}, {}) is None
