import pytest

from components import vault_grants
from components.config import resolve
from components.config.load import parse
from components.documents.vault_policy import vault_policy
from tests.stacks.read import ROOT, changed


def policy(name: str, change: dict[str, object] | None = None) -> str:
    config = parse(changed("gateways", change or {}), file="stack.yaml", folder=ROOT)
    principal = resolve.principals(config)[name]
    touched = resolve.secrets_of(config, principal, "vault")
    return vault_policy([grant for key in touched for grant in vault_grants.grants(config, principal, key)])


def read(path: str) -> str:
    return f'path "{path}" {{\n  capabilities = ["read"]\n}}\n'


def test_a_gateway_reads_the_data_of_what_it_references_and_of_its_keyring_the_versions_too() -> None:
    assert policy("kong-dp").replace("\n\n", "\n") == "".join(
        map(
            read,
            (
                "apps-gate/data/customer/acme",
                "apps-gate/data/edge/redis",
                "keyring-gate/data/edge/keyring",
                "keyring-gate/metadata/edge/keyring",
            ),
        )
    )


def test_a_keyring_alone_is_read_with_its_versions_and_nothing_else() -> None:
    alone: dict[str, object] = {
        "gateways/edge/vaults": {},
        "gateways/edge/references": ...,
        "gateways/edge/environmentVault": ...,
    }
    found = policy("kong-dp", alone)
    assert found.replace("\n\n", "\n") == "".join(
        map(read, ("keyring-gate/data/edge/keyring", "keyring-gate/metadata/edge/keyring"))
    )


@pytest.mark.parametrize(("name", "path"), [("edge-machine", "edge/portal"), ("edge-partner", "edge/redis")])
def test_a_vault_with_its_own_login_reads_its_references_alone(name: str, path: str) -> None:
    assert policy(name) == read(f"apps-gate/data/{path}")


def test_a_vault_without_references_has_a_policy_that_grants_nothing() -> None:
    references = changed("gateways", {})["gateways"]["edge"]["references"][:3]
    assert policy("edge-partner", {"gateways/edge/references": references}) == "# grants nothing\n"
