"""What the configuration refuses names the rules of the review about it."""

from __future__ import annotations

from typing import Any

import pytest

from components.config.errors import ConfigError
from components.config.load import parse
from components.config.reviewed import rules_of
from tests.stacks.read import ROOT, changed
from workload_secrets.graph.failures import message


@pytest.mark.parametrize(
    ("place", "value", "rules"),
    [
        ("secrets/billing-payments/recoveryWindowDays", 3, ("SM-03",)),
        ("secrets/billing-payments/value", "x", ("SM-05",)),
        ("endpoints/vault/address", "http://vault.example:8200", ("VLT-01",)),
        ("workloads/billing/tokenTtlSeconds", 604_800, ("VKA-03",)),
        ("workloads/billing/namespace", "*", ("OIDC-01", "VKA-01", "K8S-05")),
    ],
)
def test_a_refused_value_names_its_rules(place: str, value: Any, rules: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(changed("dev", {place: value}), file="dev.yaml", folder=ROOT)
    assert caught.value.rules == rules
    assert message(caught.value).endswith(f"\nrules of the review about this: {', '.join(rules)}")


def test_what_no_rule_is_about_names_none() -> None:
    assert rules_of("facts.aws.region") == ()
    assert message(ConfigError("dev.yaml: facts: wrong")) == "dev.yaml: facts: wrong"
