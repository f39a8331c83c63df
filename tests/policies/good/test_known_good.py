"""What other hands make right has no finding, in whatever form they write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.guardrails.catalogue import ALL
from policies.guardrails.rule import Rule
from policies.guardrails.run import Finding
from tests.policies import cases, foreign
from tests.policies.good.known_good import FOLDER, data, findings, listed, lists, programs, stack

SLIPS = [
    ("approle", "wrappingTtl: 300s, ", "", "VLT-02"),
    ("china", "secret:shop/checkout-??????", "secret:shop/*", "IAM-02"),
    ("ci-jwt", "environment:production", "*", "VKA-05"),
    ("csi-vault", "secret/data/web", "secret/web", "VLT-04"),
    ("ecs", "blockPublicPolicy: true", "blockPublicPolicy: false", "SM-04"),
    ("exact-arn", 'secret:mail/smtp-Ab12Cd"}}', 'secret:mail/smtp-Zz98Yy"}}', "IAM-04"),
    ("github", "octo-repo:environment:production", "*", "OIDC-01"),
    (
        "govcloud",
        'sub": "system:serviceaccount:claims:claims',
        'sub": "system:serviceaccount:claims:*',
        "OIDC-01",
    ),
    ("key-policy", ',"kms:ViaService":"secretsmanager.eu-west-1.amazonaws.com"', "", "IAM-04"),
    ("kong-environment", "kubernetes}", "token}", "KNG-01"),
    ("mysql", "{{password}}@tcp", "hunter2@tcp", "DB-01"),
    ("namespace", "https://vault.example.com:8200", "http://vault.example.com:8200", "VLT-01"),
    ("openbao", 'audit "file" "stdout"', 'nothing "file" "stdout"', "VLT-03"),
    ("openshift", "serviceAccountName: tickets", "serviceAccountName: ticket", "K8S-02"),
    ("ordinary", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "K8S-08"),
    ("pki", 'pki_int/issue/shop\\"', 'pki_int/sign-verbatim/shop\\"', "VLT-06"),
    ("replicas", "eks-cluster-arn", "eks-cluster-name", "OIDC-01"),
    ("rotation", "automaticallyAfterDays: 30", "automaticallyAfterDays: 120", "SM-02"),
    ("sealed", "namespace: n}, imagePull", "namespace: default}, imagePull", "K8S-05"),
    ("sidecar", "expirationSeconds: 3600", "expirationSeconds: 86400", "K8S-06"),
    ("transit", "transit/encrypt/orders", "transit/encrypt/+", "VLT-07"),
]
"""A data file, what is changed in it, and the rule that then has a finding."""
EVERY = [*lists(), *programs()]


def told(found: tuple[Finding, ...]) -> list[str]:
    return [f"{f.rule.id} {f.outcome} {f.type}::{f.name} {f.path}: {f.text}" for f in found]


def test_there_are_twenty_variants_and_six_of_them_are_programs():
    assert len(EVERY) >= 20
    assert len(programs()) >= 6


@pytest.mark.parametrize("name", EVERY)
def test_a_variant_that_is_right_has_no_finding(name: str):
    assert told(findings(stack(name))) == []


@pytest.mark.parametrize("name", EVERY)
def test_nor_has_it_one_where_no_marks_are_told(name: str):
    assert told(foreign.findings(stack(name))) == []


@pytest.mark.parametrize(("name", "right", "wrong", "rule"), SLIPS)
def test_one_slip_in_a_variant_is_found(tmp_path: Path, name: str, right: str, wrong: str, rule: str):
    text = (FOLDER / f"{name}.yaml").read_text("utf-8")
    assert right in text
    changed = tmp_path / "changed.yaml"
    changed.write_text(text.replace(right, wrong), "utf-8")
    assert rule in {finding.rule.id for finding in findings(listed(cases.read(changed)))}


def test_every_data_file_has_its_slip():
    assert [name for name, *_ in SLIPS] == lists()


@pytest.mark.parametrize("name", programs())
def test_a_first_preview_of_a_program_refuses_nothing(name: str):
    assert {f.outcome for f in findings(stack(name, "preview"))} <= {"not evaluable"}


def test_what_is_not_known_at_a_first_preview_is_told():
    found = findings(stack("irsa", "preview"))
    assert "IAM-02" in {f.rule.id for f in found}


@pytest.mark.parametrize("name", lists())
def test_a_variant_says_where_its_form_is_published(name: str):
    assert data(name)["from"].startswith("https://")


def test_every_rule_about_one_resource_looks_at_one_of_a_variant():
    types = {resource.type for name in EVERY for resource in stack(name).resources}
    single = [rule for rule in ALL if isinstance(rule, Rule) and "*" not in rule.types]
    assert [rule.id for rule in single if not types & set(rule.types)] == []
