"""A Helm release is declared only: no pods run in a sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from workload_secrets.sandbox.deploy.call import Ask, Call, Site
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.kubernetes import helm
from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.outcome import HandlerError
from workload_secrets.sandbox.deploy.registry import handler_of

TYPE = "kubernetes:helm.sh/v3:Release"
GOOD: dict[str, Any] = {
    "name": "openbao",
    "namespace": "vault",
    "chart": "openbao",
    "version": "0.29.2",
    "repositoryOpts": {"repo": "https://charts.example"},
    "values": {"a": 1},
    "skipAwait": False,
    "createNamespace": False,
    "atomic": False,
    "timeout": 900,
    "maxHistory": 10,
}


def call(notes: Notes) -> Call:
    return Call(
        urn="u", type=TYPE, name="r", provider=None, site=Site(), notes=notes, ask=Ask(lambda _: None)
    )


def test_it_has_a_handler_of_its_own_among_kubernetes_types() -> None:
    assert handler_of(TYPE) is helm.release


def test_it_is_listed_as_declared_only() -> None:
    notes = Notes()
    made = helm.release(call(notes), Inputs(GOOD))
    assert notes.lists()["declaredOnly"] == [
        "Helm release vault/openbao (chart openbao 0.29.2): no pods run here"
    ]
    assert made.outputs["status"]["status"] == "declared"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": None}, "input version must be a text"),
        ({"repositoryOpts": {"repo": "http://charts.example"}}, "charts come by https or oci"),
        ({"values": None}, "the chart's own defaults have neither TLS nor audit"),
        ({"postrender": "/bin/true"}, "no handler for input postrender"),
        ({"repositoryOpts": {"repo": "https://charts.example", "password": "x"}}, "repositoryOpts.password"),
    ],
)
def test_what_it_does_not_understand_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(HandlerError, match=message):
        helm.release(call(Notes()), Inputs({**GOOD, **change}))
