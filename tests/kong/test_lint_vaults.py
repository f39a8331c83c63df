"""A vault entity of a decK file is the one that the stack makes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kong.linted import CANARY, NAME, VAULT, deck, linted
from tests.stacks.read import ROOT, path
from workload_secrets.access.derived import declaration_of
from workload_secrets.graph.capture import capture
from workload_secrets.kong import deckfile
from workload_secrets.kong.deck_text import deck_text
from workload_secrets.kong.forms import forms_of
from workload_secrets.kong.lint import Place, lint

VARIABLE = '${{ env "DECK_IT" }}'


def entity(*without: str, name: str = "hcv", prefix: str = "hcv-edge", **config: Any) -> str:
    made = {**VAULT, "cert_auth_cert_key": VARIABLE, **config}
    kept = {key: value for key, value in made.items() if key not in without}
    return deck(vaults=[{"name": name, "prefix": prefix, "config": kept}])


def test_the_stacks_own_entity_is_all_right():
    assert linted(entity(), NAME) == ()


@pytest.mark.parametrize(
    ("text", "field", "kind", "remedy"),
    [
        (entity(protocol="http"), "config.protocol", "vault-differs", "write protocol: https"),
        (entity(port="8200"), "config.port", "vault-differs", "write port: 8200"),
        (entity("kv"), "config.kv", "vault-differs", "write kv: v2"),
        (entity(ssl_verify=False), "config.ssl_verify", "vault-differs", "write ssl_verify: true"),
        (entity("cert_auth_cert_key"), "config.cert_auth_cert_key", "vault-differs", "env"),
        (entity(namespace="other"), "config.namespace", "vault-differs", "remove namespace"),
        (entity(token=VARIABLE), "config.token", "vault-differs", "remove token"),
        (entity(token=CANARY), "config.token", "literal-credential", "env"),
        (entity(cert_auth_cert_key=CANARY), "config.cert_auth_cert_key", "literal-credential", "env"),
        (entity(approle_secret_id=CANARY), "config.approle_secret_id", "literal-credential", "env"),
        (entity(name="aws"), "name", "vault-differs", "write name: hcv"),
        (entity(prefix="hcv-other"), "prefix", "vault-differs", "declare the vault"),
        (entity(host=NAME), "config.host", "vault-differs", "write host: vault.example"),
    ],
)
def test_what_differs_or_stands_in_clear_text_is_found(text: str, field: str, kind: str, remedy: str):
    (found,) = (f for f in linted(text, NAME) if f.file == "kong.yaml")
    assert (found.problem.level, found.problem.kind, found.field) == ("violation", kind, field)
    assert remedy in found.problem.remedy
    assert found.line > 0
    assert CANARY not in found.text()


def test_what_decks_environment_fills_cannot_be_compared():
    (found,) = linted(entity(host=VARIABLE), NAME)
    assert (found.problem.level, found.problem.kind) == ("warning", "vault-differs")


def test_a_vault_is_called_by_its_prefix():
    (found,) = linted(entity(protocol="http"), NAME)
    assert found.entity == "vault hcv-edge"


def test_every_deck_file_that_the_tool_writes_passes():
    graph = capture(ROOT, str(path("gateways")))
    forms = forms_of(graph)
    assert forms
    for gateway, form in forms.items():
        file = deckfile.parse(deck_text(form.deck).encode(), "kong.yaml")
        assert any(entity.kind == "vault" for entity in file.entities)
        assert lint(declaration_of(graph), gateway, Place("stack.yaml"), [file]) == ()
