"""Every reviewer mode, kind of identity and existing thing, rehearsed on real servers.

A case is one run of `rehearse`. dev and prod run together: two clusters, accounts and Vaults.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import rehearsing

STACKS = "tests/stacks"
KEY = "a key of the emulator's own"


@dataclass(frozen=True, kw_only=True)
class Case:
    """`granted` and `refused` count the cells of the table that logins have proven.

    `untried` are the places nobody could try. `declared_only` and `substitutions` are starts or
    parts of the lines that must be there, in their order; no other line may.
    """

    stack: str
    granted: int
    refused: int
    untried: frozenset[tuple[str, str, str]] = frozenset()
    declared_only: tuple[str, ...] = ()
    substitutions: tuple[str, ...] = ()


RUNS: dict[str, tuple[Case, ...]] = {
    "jwt by discovery, and in-cluster": (
        Case(stack="dev", granted=10, refused=94, substitutions=("discovery of https://oidc.eks.",)),
        Case(
            stack="prod",
            granted=10,
            refused=94,
            substitutions=("product vault 1.20 → OpenBao", "reviewer in-cluster"),
        ),
    ),
    "dedicated, a pod identity, a nested Vault namespace": (
        Case(
            stack=f"{STACKS}/eks.yaml",
            granted=5,
            refused=32,
            untried=frozenset({("ledger", "ledger", "read")}),
            declared_only=("pod identity of payments/ledger",),
            substitutions=(KEY, "product vault 1.19.2+ent → OpenBao", "the dedicated reviewer's token"),
        ),
    ),
    "client": (
        Case(stack=f"{STACKS}/aks.yaml", granted=2, refused=12, substitutions=("product vault 1.20",)),
    ),
    "in-cluster, a created Vault namespace": (
        Case(stack=f"{STACKS}/openshift.yaml", granted=2, refused=12, substitutions=("reviewer in-cluster",)),
    ),
    "jwt by public keys": (
        Case(
            stack=f"{STACKS}/generic.yaml",
            granted=2,
            refused=12,
            substitutions=("publicKeyFiles of the declared cluster",),
        ),
    ),
    "no Vault, a boundary, an STS audience, one namespace": (
        Case(
            stack=f"{STACKS}/aws-only.yaml",
            granted=8,
            refused=44,
            substitutions=("permissions boundary arn:aws:iam::333344445555:policy/boundaries/workloads",),
        ),
    ),
    "databases: a connection that is made, and one that exists": (
        Case(
            stack=f"{STACKS}/database.yaml",
            granted=6,
            refused=36,
            substitutions=("database of connection orders", "publicKeyFiles of the declared cluster"),
        ),
        Case(
            stack=f"{STACKS}/database-existing.yaml",
            granted=2,
            refused=6,
            substitutions=("database of connection stock", "publicKeyFiles of the declared cluster"),
        ),
    ),
    "everything existing": (
        Case(
            stack=f"{STACKS}/existing.yaml",
            granted=6,
            refused=32,
            substitutions=("configuration of the existing auth mount clusters/platform", KEY),
        ),
    ),
    "delivery by objects": (
        Case(
            stack=f"{STACKS}/objects.yaml",
            granted=17,
            refused=135,
            substitutions=("the dedicated reviewer's token",),
        ),
    ),
    "delivery by objects of what engines make": (
        Case(
            stack=f"{STACKS}/objects-engines.yaml",
            granted=14,
            refused=90,
            substitutions=("database of connection orders", "publicKeyFiles of the declared cluster"),
        ),
    ),
}


def rehearsed(name: str) -> tuple[dict[str, Any], ...]:
    return rehearsing.rehearsed(*(case.stack for case in RUNS[name]))


CASES = [
    pytest.param(name, place, id=f"{Path(case.stack).stem}: {name}")
    for name, cases in RUNS.items()
    for place, case in enumerate(cases)
]


def places(cells: Sequence[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {(cell["principal"], cell["secret"], cell["verb"]) for cell in cells}


def fits(lines: Sequence[str], parts: Sequence[str]) -> bool:
    return len(lines) == len(parts) and all(part in line for line, part in zip(lines, parts, strict=True))


@pytest.mark.sandbox
@pytest.mark.parametrize(("name", "place"), CASES)
def test_owners_get_in_and_everybody_else_is_refused(name: str, place: int) -> None:
    case, found = RUNS[name][place], rehearsed(name)[place]
    assert (found["differences"], found["missing"], found["passed"]) == ([], [], True)
    yes = places([cell for cell in found["observed"] if cell["answer"] == "yes" and cell["tried"]])
    assert yes == places(found["declared"]) - case.untried
    counts = f"{case.granted} as declared granted, {case.refused} refused by logins"
    assert counts in found["summary"]


@pytest.mark.sandbox
@pytest.mark.parametrize(("name", "place"), CASES)
def test_what_could_not_be_proven_is_listed_and_never_counted(name: str, place: int) -> None:
    case, found = RUNS[name][place], rehearsed(name)[place]
    assert places([cell for cell in found["observed"] if not cell["tried"]]) == case.untried
    assert fits(found["declaredOnly"], case.declared_only), found["declaredOnly"]
    assert fits(found["substitutions"], case.substitutions), found["substitutions"]


@pytest.mark.sandbox
@pytest.mark.parametrize(("name", "place"), CASES)
def test_every_kind_of_intruder_tried(name: str, place: int) -> None:
    found = rehearsed(name)[place]
    principals = set(found["principals"])
    declared = {cell["principal"] for cell in found["declared"]} - {"deployer"}
    assert {"deployer", "prover"} < principals
    for change in ("issuer", "audience", "expired", "namespace"):
        assert {f"{name}!{change}" for name in declared} <= principals
