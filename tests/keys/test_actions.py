from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from workload_secrets.declaration import Key, Secret
from workload_secrets.errors import InputError, ServerError
from workload_secrets.keys.actions import ATTEMPTS, check_keys, set_keys, status
from workload_secrets.keys.store import ChangedError, Version

NOW = datetime(2026, 1, 31, tzinfo=UTC)
AWS = Secret(
    backend="aws",
    encoding="nested",
    name="s",
    keys=(Key(name="VCS.Pat", required=True, max_age_days=10), Key(name="Email.User")),
)
VAULT = AWS.model_copy(update={"backend": "vault", "encoding": "flat"})


class FakeStore:
    """Versions in a list; `others` are written by somebody else before a write."""

    where = "fake"

    def __init__(self, *values: Mapping[str, str], others: list[dict[str, str]] | None = None) -> None:
        self.versions = [self._version(i + 1, v) for i, v in enumerate(values)]
        self.others = others or []

    def _version(self, number: int, values: Mapping[str, str]) -> Version:
        return Version(str(number), NOW - timedelta(days=30 - number), dict(values))

    def read(self) -> Version | None:
        return self.versions[-1] if self.versions else None

    def write(self, values: Mapping[str, str], replaces: Version | None) -> str:
        if self.others:
            self.versions.append(self._version(len(self.versions) + 1, self.others.pop(0)))
        current = self.read()
        if current is not replaces:
            raise ChangedError("changed", current)
        self.versions.append(self._version(len(self.versions) + 1, values))
        return self.versions[-1].id

    def history(self) -> Iterator[Version]:
        return reversed(self.versions)


def test_a_set_keeps_all_other_keys() -> None:
    store = FakeStore({"VCS.Pat": "old", "Email.User": "u", "extra": "e"})
    assert set_keys(store, "s", AWS, {"VCS.Pat": "new"}) == "2"
    assert store.versions[-1].values == {"VCS.Pat": "new", "Email.User": "u", "extra": "e"}


def test_an_aws_secret_keeps_unused_keys_empty_and_a_vault_secret_leaves_them_out() -> None:
    aws, vault = FakeStore(), FakeStore()
    set_keys(aws, "s", AWS, {"VCS.Pat": "new"})
    set_keys(vault, "s", VAULT, {"VCS.Pat": "new"})
    assert aws.versions[-1].values == {"VCS.Pat": "new", "Email.User": ""}
    assert vault.versions[-1].values == {"VCS.Pat": "new"}


def test_somebody_elses_write_is_merged_and_never_lost() -> None:
    store = FakeStore({"VCS.Pat": "old"}, others=[{"VCS.Pat": "old", "Email.User": "theirs"}])
    set_keys(store, "s", AWS, {"VCS.Pat": "mine"})
    assert store.versions[-1].values == {"VCS.Pat": "mine", "Email.User": "theirs"}


def test_writers_that_never_stop_end_in_an_error_without_values() -> None:
    store = FakeStore({"VCS.Pat": "old"}, others=[{"VCS.Pat": f"theirs{i}"} for i in range(ATTEMPTS)])
    with pytest.raises(ServerError, match="keys status") as caught:
        set_keys(store, "s", AWS, {"VCS.Pat": "mine-value"})
    assert "mine-value" not in str(caught.value)
    assert "theirs" not in str(caught.value)


def test_an_unknown_key_is_refused_with_near_matches() -> None:
    with pytest.raises(InputError, match=r"VCS\.Pad.*did you mean VCS\.Pat\?"):
        check_keys("s", AWS, {"VCS.Pad": "the-value"})


def test_an_empty_value_is_refused_unless_asked_for() -> None:
    with pytest.raises(InputError, match="--allow-empty"):
        check_keys("s", AWS, {"VCS.Pat": ""})
    check_keys("s", AWS, {"VCS.Pat": ""}, allow_empty=True)


def test_status_tells_set_empty_missing_and_undeclared() -> None:
    store = FakeStore({"VCS.Pat": "", "extra": "x"})
    found = {key.key: key for key in status(store, AWS, NOW)}
    assert found["VCS.Pat"].state == "empty"
    assert not found["VCS.Pat"].good
    assert found["Email.User"].state == "missing"
    assert found["Email.User"].good
    assert found["extra"].state == "unknown key"
    assert not found["extra"].good


def test_a_keys_age_counts_from_when_its_value_changed_last() -> None:
    store = FakeStore({"VCS.Pat": "a"}, {"VCS.Pat": "b"}, {"VCS.Pat": "b", "Email.User": "u"})
    found = {key.key: key for key in status(store, AWS, NOW)}
    assert found["VCS.Pat"].age_days == 28
    assert found["VCS.Pat"].too_old
    assert not found["VCS.Pat"].older
    assert found["Email.User"].age_days == 27


def test_an_age_beyond_the_history_says_so() -> None:
    store = FakeStore({"VCS.Pat": "b"}, {"VCS.Pat": "b"})
    assert status(store, AWS, NOW)[0].older


def test_values_show_in_no_repr() -> None:
    store = FakeStore({"VCS.Pat": "the-value"})
    assert "the-value" not in repr(store.read())
    assert "the-value" not in repr(status(store, AWS, NOW))
