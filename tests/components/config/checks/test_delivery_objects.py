"""What is refused of delivery by csi, eso and vso, in which words."""

from __future__ import annotations

from typing import Any

import pytest

from components.config.errors import ConfigError
from components.config.load import parse
from tests.stacks.read import ROOT, changed

Change = dict[str, Any]


def message(change: Change, stack: str = "objects") -> list[str]:
    with pytest.raises(ConfigError) as refused:
        parse(changed(stack, change), file="file.yaml", folder=ROOT)
    return str(refused.value).splitlines()


CASES: dict[str, tuple[Change, str]] = {
    "a driver that doesn't mint the audience of Vault": (
        {"facts/cluster/csi/tokenAudiences": ["sts.amazonaws.com"]},
        "facts.cluster.csi.tokenAudiences: got 1 audiences; allowed: the audiences that the CSIDriver's "
        "tokenRequests lists, vault for workloads.app too; remedy: install the driver with it in "
        "tokenRequests, then name it here",
    ),
    "a driver that doesn't mint the audience of STS": (
        {"facts/cluster/csi/tokenAudiences": ["vault"]},
        "facts.cluster.csi.tokenAudiences: got 1 audiences; allowed: the audiences that the CSIDriver's "
        "tokenRequests lists, sts.amazonaws.com for workloads.mounted too; remedy: install the driver with "
        "it in tokenRequests, then name it here",
    ),
    "an audience of STS that the AWS provider can't ask for": (
        {"workloads/mounted/awsAudience": "sts.shop.example"},
        'workloads.mounted.awsAudience: got "sts.shop.example"; allowed: sts.amazonaws.com with csi: the AWS '
        "provider asks for no other; remedy: remove the key, or write delivery: eso",
    ),
    "an AWS secret by the Vault Secrets Operator": (
        {"workloads/operated/reads": ["partner", "shop-api"]},
        'workloads.operated.reads: got "shop-api" by vso; allowed: secrets in Vault: the Vault Secrets '
        "Operator reads nothing else; remedy: write delivery: eso or csi, or split the workload",
    ),
    "a pod identity by the External Secrets Operator": (
        {"workloads/synced/awsIdentity": "podIdentity", "workloads/synced/reads": ["shop-api"]},
        'workloads.synced.reads: got "shop-api" by eso; allowed: awsIdentity: irsa with eso, which takes the '
        "role from the account's annotation; remedy: write awsIdentity: irsa, or delivery: csi",
    ),
    "options of another way": (
        {"workloads/operated/eso": {}},
        "workloads.operated.eso: got an object; allowed: options of vso, the workload's delivery; remedy: "
        "remove the key, or write delivery: eso",
    ),
    "a format that needs rendering": (
        {"workloads/mounted/files/api/format": "env"},
        'workloads.mounted.files.api.format: got "env"; allowed: keys with csi: nothing renders there; '
        "remedy: write format: keys, or delivery: agent",
    ),
    "a whole secret of Vault as one file": (
        {"workloads/mounted/files/api/format": "json"},
        'workloads.mounted.files.api.format: got "json"; allowed: keys with csi: nothing renders there; '
        "remedy: write format: keys, or delivery: agent",
    ),
    "a command after a change": (
        {"workloads/mounted/files/api/command": "reload"},
        "workloads.mounted.files.api.command: got a value; allowed: nothing with csi: a missing key stops "
        "the mount, and nothing is run or rendered; remedy: remove it, or write delivery: agent",
    ),
    "a file with a slash": (
        {"workloads/mounted/files/api/names": {"api_key": "a/b"}},
        'workloads.mounted.files.api.names: got "a/b"; allowed: letters, digits and ._- with csi: one file '
        "in one folder; remedy: rename the file",
    ),
    "a file of a secret that isn't read": (
        {"workloads/mounted/files/more": {"secret": "partner", "format": "keys"}},
        'workloads.mounted.files: got "partner"; allowed: secrets that the workload reads; remedy: add it to '
        "reads, or remove the file",
    ),
    "files where Kubernetes Secrets are made": (
        {"workloads/synced/files": {"a": {"secret": "partner"}}},
        "workloads.synced.files: got 1 files; allowed: nothing with eso: it makes Kubernetes Secrets; "
        "remedy: mount the Kubernetes Secret, or write delivery: agent or csi",
    ),
    "a Kubernetes Secret for a secret that isn't read": (
        {"workloads/operated/vso/kubernetesSecrets": {"shop-api": "shop"}},
        'workloads.operated.vso.kubernetesSecrets: got "shop-api"; allowed: secrets that the workload reads: '
        "billing-api, partner; remedy: correct the name, or add it to reads",
    ),
    "one copy of secrets in two systems": (
        {"workloads/mounted/csi": {"syncTo": "files"}},
        "workloads.mounted.csi.syncTo: got secrets in AWS and in Vault; allowed: secrets of one system: a "
        "class has one provider, and this workload one class; remedy: keep them in one system, or split "
        "the workload",
    ),
    "a Kubernetes Secret of two workloads": (
        {"workloads/operated/vso/kubernetesSecrets": {"partner": "partner-credentials"}},
        'workloads.operated: got Kubernetes Secret "partner-credentials" a second time in namespace billing; '
        "allowed: a name that nothing else there has; remedy: workloads.synced has it; name the files or "
        "Kubernetes Secrets otherwise",
    ),
    "two files of one name": (
        {"workloads/mounted/files/api/names": {"api_key": "K", "Tls.Client.pem": "K"}},
        'workloads.mounted.reads: got file "K" a second time in namespace shop; allowed: a name that nothing '
        "else there has; remedy: workloads.mounted has it; name the files or Kubernetes Secrets otherwise",
    ),
    "a refresh that is hardly ever": (
        {"workloads/synced/eso/refreshSeconds": 90_000},
        "workloads.synced.eso.refreshSeconds: got 90000; allowed: 60 to 86400 seconds; remedy: each refresh "
        "is a login; a day is the longest a value may be stale",
    ),
}


@pytest.mark.parametrize(("change", "line"), CASES.values(), ids=CASES)
def test_it_is_refused_in_these_words(change: Change, line: str):
    assert f"file.yaml: {line}" in message(change)


def test_without_a_word_on_the_driver_no_workload_may_use_it():
    lines = message({"facts/cluster/csi": ...})
    assert len(lines) == 4, "two audiences of mounted, one each of app and portal"
    assert all("facts.cluster.csi.tokenAudiences: got nothing; " in line for line in lines)


def test_transit_is_nothing_that_an_object_can_deliver():
    change: Change = {
        "shared/transitMounts": {"keys": {"mount": "transit"}},
        "secrets/pii": {"backend": "transit", "mount": "keys", "key": "pii"},
    }
    for workload in ("mounted", "synced", "operated"):
        reads = {f"workloads/{workload}/reads": [{"secret": "pii", "verb": "encrypt"}]}
        lines = message({**change, **reads, f"workloads/{workload}/files": {}})
        assert any("transit encrypts and decrypts, and hands out nothing" in line for line in lines)


def test_a_credential_that_nothing_renews_is_refused():
    """It ends with the token that asked for it."""
    (line,) = message({"workloads/mounted/reads": ["orders-db"]}, "objects-engines")
    assert line == (
        'file.yaml: workloads.mounted.reads: got "orders-db" by csi; allowed: static roles: nothing renews '
        "the lease, which ends with the provider's token; remedy: write delivery: vso or agent, or give the "
        "secret a username"
    )


@pytest.mark.parametrize(("token", "lease", "most"), [(1200, 7200, 800), (3600, 900, 600)])
def test_a_credential_is_asked_for_anew_before_it_ends(token: int, lease: int, most: int):
    change = {
        "workloads/synced/tokenTtlSeconds": token,
        "secrets/orders-db/defaultTtlSeconds": lease,
        "secrets/orders-db/maxTtlSeconds": 7200,
    }
    (line,) = message({**change, "workloads/synced/eso/refreshSeconds": most + 1}, "objects-engines")
    assert f"eso.refreshSeconds: got {most + 1}; allowed: at most {most} with" in line
    parse(
        changed("objects-engines", {**change, "workloads/synced/eso/refreshSeconds": most}),
        file="file.yaml",
        folder=ROOT,
    )


@pytest.mark.parametrize(("workload", "way"), [("synced", "eso"), ("operated", "vso")])
def test_in_production_stores_stand_in_namespaces_that_exist(workload: str, way: str):
    """The deployer's rights stand in a Role there, so it can make no store elsewhere."""
    change: Change = {"tier": "production", "secrets/orders-db/maxTtlSeconds": 3600}
    key = f"workloads.{workload}.namespace"
    lines = [line for line in message(change, "objects-engines") if key in line]
    assert lines == [
        f'file.yaml: {key}: got "shop", which this stack makes; allowed: an existing namespace with {way} in '
        "production: else the deployer may make stores in every namespace, and with them get the token of "
        "any account; remedy: make the namespace beforehand, and write manage: existing for it in "
        "shared.namespaces"
    ]
    assert not any("workloads.mounted.namespace" in line for line in message(change, "objects-engines"))


def test_an_unknown_secret_is_said_once_and_not_followed():
    lines = message({"workloads/synced/reads": ["nothing"], "workloads/synced/eso": {}})
    assert [line for line in lines if '"nothing"' in line] == [line for line in lines if "synced" in line]
