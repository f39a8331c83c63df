"""What an answer to an attempt at a certificate or a key means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

from tests.access.usage.fakes import Http
from workload_secrets.access.observed.attempts import pki, transit
from workload_secrets.access.observed.vault import VaultLogin
from workload_secrets.access.verbs import VERBS_OF
from workload_secrets.decide.answer import Answer
from workload_secrets.declaration.secret import Secret, Verb

CASES = [(pki.attempt, "pki", verb) for verb in VERBS_OF["pki"]]
CASES += [(transit.attempt, "transit", verb) for verb in VERBS_OF["transit"]]


@pytest.mark.parametrize(("attempt", "backend", "verb"), CASES, ids=[f"{c[1]} {c[2]}" for c in CASES])
@pytest.mark.parametrize(
    ("status", "answer"), [(403, Answer.NO), (400, Answer.YES), (200, Answer.YES), (500, Answer.UNKNOWN)]
)
def test_a_refusal_is_no_and_a_complaint_about_the_body_is_yes(
    attempt: Any, backend: Any, verb: Verb, status: int, answer: Answer
) -> None:
    """The policy is looked at first: only who passes it hears of the body."""
    asked: list[Mapping[str, Any]] = []

    def server(_: str, __: str, path: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        asked.append(body)
        return status, "why"

    login = VaultLogin(cast("Any", Http("shop", server)), "")
    found = attempt(login, Secret(backend=backend, mount="m", path="api"), verb)
    if verb == "list" and status == 400:
        answer = Answer.UNKNOWN  # a LIST has no body to complain about
    assert found.answer is answer
    assert asked in ([{}], [{"key_type": "none"}], [{"type": "none"}])
