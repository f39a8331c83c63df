"""Ages of values by their versions, with servers' answers made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from workload_secrets.access.matrix import Matrix
from workload_secrets.access.observed.ages import Ages, aged, ages
from workload_secrets.access.observed.aws import AwsLogin
from workload_secrets.access.observed.vault import VaultLogin
from workload_secrets.access.proof import Proof
from workload_secrets.access.report import as_json, notes
from workload_secrets.declaration import Declaration, Key, Secret
from workload_secrets.keys.vault_http import Answer

NOW = datetime(2026, 6, 30, tzinfo=UTC)
KEYS = (Key(name="api_key", max_age_days=90), Key(name="other"))
KV = Secret(backend="vault", mount="apps", path="billing/api", keys=KEYS)
AWS = Secret(backend="aws", encoding="nested", name="dev/x", keys=KEYS)


class Http:
    """Versions of one KV secret by number: how many days ago, and the value of api_key."""

    token = "t"

    def __init__(self, versions: Mapping[int, tuple[int, str]], status: int = 200) -> None:
        self._versions = versions
        self._status = status
        self.asked: list[str] = []

    def as_token(self, token: str, namespace: str | None = None) -> Http:
        assert (token, namespace) == ("t", None)
        return self

    def call(self, method: str, path: str, body: object = None) -> Answer:
        assert method == "GET"
        self.asked.append(path)
        assert path.startswith("apps/data/billing/api")
        number = int(path.partition("?version=")[2] or max(self._versions))
        if self._status != 200:
            return Answer(self._status, {"errors": ["permission denied"]})
        if number not in self._versions:
            return Answer(404, {})
        days, value = self._versions[number]
        made = (NOW - timedelta(days=days, seconds=5)).strftime("%Y-%m-%dT%H:%M:%S.123456789Z")
        metadata = {"version": number, "created_time": made}
        return Answer(200, {"data": {"data": {"api_key": value, "other": "o"}, "metadata": metadata}})


def kv(versions: Mapping[int, tuple[int, str]], status: int = 200) -> Ages:
    http: Any = Http(versions, status)
    login = VaultLogin.__new__(VaultLogin)
    object.__setattr__(login, "http", http)
    return ages({"billing-api": KV}, {"billing-api": ("billing", login)}, NOW)


class Manager:
    """Secrets Manager with a current and perhaps a previous version."""

    def __init__(self, **stages: tuple[int, str]) -> None:
        self._stages = stages

    def get_secret_value(self, **asked: str) -> dict[str, Any]:
        stage = asked["VersionStage"]
        if stage not in self._stages:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
        days, value = self._stages[stage]
        text = f'{{"api_key": "{value}", "other": "o"}}'
        return {"VersionId": stage, "CreatedDate": NOW - timedelta(days=days), "SecretString": text}

    def describe_secret(self, **_: str) -> dict[str, Any]:
        return {"VersionIdsToStages": {}}


def aws(**stages: tuple[int, str]) -> Ages:
    return ages({"x": AWS}, {"x": ("billing", AwsLogin(Manager(**stages)))}, NOW)


def test_a_value_counts_from_when_it_changed_last() -> None:
    assert kv({1: (300, "old"), 2: (91, "new"), 3: (5, "new")}).overdue == (
        "billing-api: api_key is 91 days old, allowed are 90; set a new one by `keys set`",
    )
    assert kv({1: (300, "old"), 2: (89, "new"), 3: (5, "new")}) == Ages((), ())


def test_the_first_version_is_where_a_value_was_born() -> None:
    assert kv({1: (90, "v")}) == Ages((), ())
    assert kv({1: (91, "v")}).overdue[0].startswith("billing-api: api_key is 91 days old")


def test_an_age_that_the_versions_do_not_show_is_unsure_and_never_fine() -> None:
    found = kv({7: (20, "v"), 8: (3, "v")})
    assert found.overdue == ()
    assert found.unsure == (
        "billing-api: api_key is over 20 days old, allowed are 90; its first version is gone, so whether it "
        "is too old can't be said",
    )
    assert kv({7: (95, "v"), 8: (3, "v")}).overdue[0].startswith("billing-api: api_key is over 95 days old")
    assert kv({8: (3, "v")}).unsure[0].startswith("billing-api: api_key is over 3 days old")


def test_a_reader_that_may_not_read_versions_is_unsure() -> None:
    found = kv({1: (1, "v")}, status=403)
    assert found.overdue == ()
    assert "ages can't be read as billing" in found.unsure[0]
    assert "permission denied" in found.unsure[0]


def test_in_aws_the_current_and_the_previous_version_count() -> None:
    assert aws(AWSCURRENT=(91, "v")).overdue[0].startswith("x: api_key is 91 days old")
    assert aws(AWSCURRENT=(1, "v"), AWSPREVIOUS=(91, "v")).overdue[0].startswith("x: api_key is over 91 days")
    assert aws(AWSCURRENT=(1, "v"), AWSPREVIOUS=(30, "v")).unsure[0].startswith("x: api_key is over 30 days")
    assert aws(AWSCURRENT=(1, "v"), AWSPREVIOUS=(300, "w")) == Ages((), ())


def test_no_line_holds_a_value() -> None:
    found = kv({7: (95, "the-value"), 8: (3, "the-value")})
    assert "the-value" not in " ".join((*found.overdue, *found.unsure))


def test_only_secrets_of_people_with_a_declared_age_are_looked_at() -> None:
    assert aged(KV)
    assert not aged(Secret(backend="vault", keys=(Key(name="api_key"),)))
    assert not aged(Secret(backend="database"))


@pytest.mark.parametrize(("tier", "passed"), [("production", False), ("development", True)])
def test_an_old_value_is_a_difference_in_production_alone(tier: str, passed: bool) -> None:
    declaration = Declaration.read(
        {
            "environment": "e",
            "tier": tier,
            "facts": {
                "cluster": {"name": "c", "flavour": "eks", "oidcIssuer": "https://i", "apiAudience": "a"}
            },
            "endpoints": {"cluster": {"apiServer": "https://c", "caFile": "ca.pem"}},
            "secrets": {},
            "principals": {},
        }
    )
    proof = Proof(stack="s", declaration=declaration, derived=Matrix.of([]), overdue=("x: old",))
    assert proof.passed is passed
    assert "1 older than declared" in proof.summary()
    assert proof.summary().endswith("1 difference" if not passed else "no differences")
    assert "older than declared:" in list(notes(proof))
    assert as_json(proof)["overdue"] == ["x: old"]
