from __future__ import annotations

import pytest

from workload_secrets.access.observed.attempt import Attempt, allowed, read_values
from workload_secrets.access.observed.cluster import RefusedError, unless_denied
from workload_secrets.access.observed.values import contents, without_value
from workload_secrets.declaration import Key, Secret
from workload_secrets.errors import ServerError

FREE = Secret(backend="aws", encoding="flat", name="s", keys=(Key(name="a"), Key(name="b")))
REQUIRED = FREE.model_copy(update={"keys": (Key(name="a", required=True), Key(name="b"))})
USED = FREE.model_copy(update={"keys": (Key(name="a", in_use=False), Key(name="b"))})
VAULT = Secret(backend="vault", encoding="flat", mount="m", path="p", keys=(Key(name="a"),))
EMPTY = read_values({}, "read")


def missing(secret: Secret, attempt: Attempt) -> str:
    return "".join(without_value({"s": secret}, {("w", "s"): attempt}))


def test_an_empty_template_without_needed_keys_is_a_note_and_not_missing() -> None:
    assert missing(FREE, EMPTY) == ""
    assert contents({("w", "s"): EMPTY}) == ("w reads s: no value yet; use `keys set`",)


def test_an_empty_required_key_and_an_empty_key_in_use_are_missing() -> None:
    assert missing(REQUIRED, EMPTY) == "s: no value of a (read as w); use `keys set`"
    assert missing(USED, EMPTY) == "s: no value of b (read as w); use `keys set`"
    assert missing(USED, read_values({"b": "x"}, "read")) == ""


def test_an_aws_secret_without_template_is_missing_and_a_vault_secret_has_none() -> None:
    nothing = allowed("there is no value")
    assert "use `keys seed`" in missing(FREE, nothing)
    assert missing(VAULT, nothing) == ""
    assert contents({("w", "s"): nothing}) == ("w reads s: no value yet; use `keys set`",)


@pytest.mark.parametrize("status", [401, 403])
def test_a_right_that_the_prover_lacks_is_an_error_and_no_refusal_of_another(status: int) -> None:
    error = RefusedError("POST /api/v1/namespaces/ops/serviceaccounts/x/token: 403 forbidden", status)
    with pytest.raises(ServerError, match=r"prover lacks a right.*serviceaccounts/x/token.*`prover`"):
        unless_denied(error)


def test_an_object_that_is_not_there_is_an_answer() -> None:
    error = RefusedError("GET x: 404", 404)
    assert unless_denied(error) is error
