from __future__ import annotations

from typing import Any

from workload_secrets.keys.template import write_if_absent


class FakeSecret:
    """One secret, whose first version becomes the current one by itself, as in AWS."""

    def __init__(self) -> None:
        self.versions: dict[str, tuple[str, list[str]]] = {}
        self.before_put: list[str] = []

    def describe_secret(self, **_: Any) -> dict[str, Any]:
        return {"VersionIdsToStages": {token: labels for token, (_, labels) in self.versions.items()}}

    def put_secret_value(self, **request: Any) -> dict[str, Any]:
        while self.before_put:
            self.versions["other"] = (self.before_put.pop(), ["AWSCURRENT"])
        labels = list(request["VersionStages"])
        if not self.versions:
            labels.append("AWSCURRENT")
        self.versions[request["ClientRequestToken"]] = (request["SecretString"], labels)
        return {"VersionStages": labels}

    def current(self) -> list[str]:
        return [text for text, labels in self.versions.values() if "AWSCURRENT" in labels]


def test_the_template_becomes_current_once() -> None:
    secret = FakeSecret()
    assert write_if_absent(secret, "s", "{}") is True
    assert write_if_absent(secret, "s", "{}") is False
    assert secret.current() == ["{}"]
    assert len(secret.versions) == 1


def test_a_value_written_between_look_and_put_stays_current() -> None:
    secret = FakeSecret()
    secret.before_put.append("value")
    assert write_if_absent(secret, "s", "{}") is False
    assert secret.current() == ["value"]
