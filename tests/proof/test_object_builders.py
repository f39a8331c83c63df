"""One-line mistakes in what builds the objects of csi, eso and vso: a rehearsal ends with 4."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from tests.proof import scratch
from tests.proof.pool import UNREVIEWED
from tests.proof.scratch import ROOT, Edit
from workload_secrets.errors import Exit

_ESO: Final = "components/documents/external_secrets.py"
_VSO: Final = "components/documents/vault_secrets_operator.py"
_CSI: Final = "components/documents/secret_provider_class.py"
MISTAKES: Final = {
    "eso asks for a token that the role doesn't take": (
        Edit(_ESO, '"audiences": [client.audience]', '"audiences": ["sts.amazonaws.com"]'),
        "synced: ExternalSecret billing/synced-billing-api: as billing/synced for audience sts.amazonaws.com",
    ),
    "eso looks for a key where the nested JSON has none": (
        Edit(_ESO, 'part.replace(".", "\\\\.") for part in nested_parts(key)', "key"),
        "synced: shop-api: Http.Api.key as key Http.Api.key of Kubernetes Secret synced-shop-api isn't",
    ),
    "vso reads below data/ twice": (
        Edit(_VSO, '"path": read.path,\n        "refresh', '"path": f"data/{read.path}",\n        "refresh'),
        "GET apps-prod/data/data/billing/api: HTTP 403",
    ),
    "csi's AWS keys are one quoted name": (
        Edit(_CSI, """".".join(f'"{part}"' for part in nested_parts(key))""", """f'"{key}"'"""),
        'mounted: SecretProviderClass shop/mounted-aws: JMESPath "Http.Api.key" gives no text',
    ),
    "csi's files are read without data/": (
        Edit(_CSI, '"secretPath": read.request', '"secretPath": f"{read.mount}/{read.path}"'),
        "mounted: SecretProviderClass shop/mounted-vault: GET apps-prod/billing/api: HTTP 403",
    ),
}
"""Each breaks another object, so one rehearsal shows them all."""


@pytest.fixture(scope="module")
def misuse(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    made = scratch.copy(
        tmp_path_factory.mktemp("objects"), [UNREVIEWED, *(edit for edit, _ in MISTAKES.values())]
    )
    done = made.rehearse(str(_stack(made.folder)))
    assert done.code == Exit.ACCESS, done.err
    (found,) = _stacks(done.json)
    assert found["differences"] == [], "every grant is as it should be"
    return found["misuse"]


def _stack(folder: Path) -> Path:
    """The stack file, with its certificates, in the copy."""
    file = folder / "objects.yaml"
    file.write_bytes((ROOT / "tests" / "stacks" / "objects.yaml").read_bytes())
    return file


def _stacks(result: Any) -> list[Any]:
    return result["stacks"]


@pytest.mark.sandbox
@pytest.mark.parametrize("said", [said for _, said in MISTAKES.values()], ids=MISTAKES)
def test_the_mistake_is_found_in_its_object(said: str, misuse: list[str]):
    assert any(said in problem for problem in misuse), misuse
