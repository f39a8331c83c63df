from __future__ import annotations

import pytest

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.vault_acl import UNDECIDED, Policy, allows, capabilities

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
OWN = "apps-dev/data/billing/api"
ACCESSOR = "auth_kubernetes_symbol12"
NAMESPACE = f"identity.entity.aliases.{ACCESSOR}.metadata.service_account_namespace"


def policy(*blocks: tuple[str, str], name: str = "p") -> Policy:
    """Blocks of a path and its capabilities, separated by spaces."""
    text = ""
    for path, granted in blocks:
        listed = ", ".join(f'"{c}"' for c in granted.split())
        text += f'path "{path}" {{\n  capabilities = [{listed}]\n}}\n'
    return Policy.parse(text, name)


def may(path: str, capability: str, *policies: Policy) -> Answer:
    return allows(policies, path, capability).answer


def test_a_reader_reads_its_own_path_and_nothing_else() -> None:
    reader = policy((OWN, "read"))
    assert may(OWN, "read", reader) is YES
    assert may(OWN, "update", reader) is NO
    assert may("apps-dev/metadata/billing/api", "list", reader) is NO
    assert may("apps-dev/data/billing/api2", "read", reader) is NO
    assert may("apps-dev/data/billing", "read", reader) is NO


def test_a_policy_without_data_in_its_path_refuses_the_owner() -> None:
    assert may(OWN, "read", policy(("apps-dev/billing/api", "read"))) is NO


def test_a_star_covers_what_lies_below_and_not_the_name_itself() -> None:
    below = policy(("apps-dev/data/*", "read"))
    assert may(OWN, "read", below) is YES
    assert may("apps-dev/data", "read", below) is NO
    assert may("pmp-dev/data/admin", "read", below) is NO


def test_a_plus_for_data_grants_metadata_and_deletion_too() -> None:
    wide = policy(("apps-dev/+/billing/api", "read update"))
    assert may("apps-dev/metadata/billing/api", "read", wide) is YES
    assert may("apps-dev/destroy/billing/api", "update", wide) is YES


def test_a_star_in_the_middle_is_a_plain_character() -> None:
    assert may(OWN, "read", policy(("apps-dev/*/billing/api", "read"))) is NO


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ("a/*", "a/b/c"),
        ("+/b/c", "a/+/c"),
        ("a/b*", "a/b/+"),
        ("a/+/*", "a/+/c"),
        ("a/+/+", "a/+/c"),
        ("a/*", "a/b/*"),
    ],
)
def test_of_two_patterns_the_more_specific_one_decides(weaker: str, stronger: str) -> None:
    assert may("a/b/c", "read", policy((weaker, "deny"), (stronger, "read"))) is YES
    assert may("a/b/c", "read", policy((weaker, "read"), (stronger, "deny"))) is NO


def test_policies_for_the_same_path_are_united_and_deny_wins() -> None:
    reader, writer = policy((OWN, "read"), name="r"), policy((OWN, "update"), name="w")
    assert capabilities([reader, writer], OWN) == {"read", "update"}
    assert capabilities([reader, policy((OWN, "deny"), name="d")], OWN) == {"deny"}


def test_a_list_request_ends_in_a_slash_and_falls_back_to_the_path_without() -> None:
    for path in ("m/metadata/app", "m/metadata/app/", "m/metadata/*"):
        assert may("m/metadata/app", "list", policy((path, "list"))) is YES
    assert may("m/metadata/app", "read", policy(("m/metadata/app/", "read"))) is NO


def test_a_list_that_servers_decide_differently_is_not_decided() -> None:
    both = policy(("m/metadata/+", "list"), ("m/*", "read"))
    assert may("m/metadata/app", "list", both) is UNKNOWN


def test_the_policy_root_allows_everything() -> None:
    root = Policy(name="root", rules=())
    assert capabilities([root], OWN) == {"root"}
    assert may(OWN, "delete", root) is YES


def test_nothing_is_allowed_without_a_policy() -> None:
    assert capabilities([], OWN) == {"deny"}
    assert allows([], OWN, "read").reasons == (f'no policy is given, so nothing allows "{OWN}"',)


def test_a_templated_path_is_filled_from_the_identity() -> None:
    templated = policy((f"apps-dev/data/{{{{{NAMESPACE}}}}}/api", "read"))
    identity = {NAMESPACE: "billing"}
    assert allows([templated], OWN, "read", identity).answer is YES
    assert allows([templated], "apps-dev/data/other/api", "read", identity).answer is NO
    assert allows([templated], OWN, "read").answer is UNKNOWN
    assert allows([templated], "apps-dev/data/billing/other", "read").answer is NO
    assert capabilities([templated], OWN) == {"deny", UNDECIDED}


def test_a_template_of_another_mount_grants_nothing() -> None:
    identity = {NAMESPACE.replace(ACCESSOR, "auth_other"): "billing"}
    templated = policy((f"apps-dev/data/{{{{{NAMESPACE}}}}}/api", "read"))
    assert allows([templated], OWN, "read", identity).answer is NO


@pytest.mark.parametrize("value", ["*", "a/b", "+"])
def test_a_template_value_with_a_wildcard_or_slash_is_not_decided(value: str) -> None:
    templated = policy((f"apps-dev/data/{{{{{NAMESPACE}}}}}/api", "read"))
    assert allows([templated], OWN, "read", {NAMESPACE: value}).answer is UNKNOWN


@pytest.mark.parametrize(
    ("setting", "read", "update"),
    [
        ('allowed_parameters = { "a" = [] }', YES, UNKNOWN),
        ('denied_parameters = { "a" = [] }', YES, UNKNOWN),
        ('allowed_parameters = { "not_after" = [""] }', YES, UNKNOWN),
        ('allowed_parameters = { "not_after" = [""], "*" = [] }', YES, YES),
        ('allowed_parameters = { "not_after" = [""], "*" = ["a"] }', YES, UNKNOWN),
        ('allowed_parameters = { "not_after" = [""], "a" = ["b"], "*" = [] }', YES, UNKNOWN),
        ('denied_parameters = { "not_after" = [] }', YES, YES),
        ('denied_parameters = { "not_after" = [], "a" = [] }', YES, UNKNOWN),
        ('denied_parameters = { "*" = [] }', YES, UNKNOWN),
        ('required_parameters = ["a"]', UNKNOWN, UNKNOWN),
        ('min_wrapping_ttl = "1s"', UNKNOWN, UNKNOWN),
        ('expiration = "2030-01-01T00:00:00Z"', UNKNOWN, UNKNOWN),
        ("pagination_limit = 10", YES, YES),
    ],
)
def test_settings_that_depend_on_the_request_stay_open(setting: str, read: Answer, update: Answer) -> None:
    found = Policy.parse(f'path "a" {{\n  capabilities = ["read", "update"]\n  {setting}\n}}\n', "p")
    assert may("a", "read", found) is read
    assert may("a", "update", found) is update
    assert may("a", "delete", found) is (UNKNOWN if "expiration" in setting else NO)


def test_reasons_name_policy_and_path() -> None:
    found = allows([policy((OWN, "read"), name="dev-billing")], OWN, "read")
    assert found.reasons == (f'path "{OWN}" of dev-billing grants read on "{OWN}"',)
