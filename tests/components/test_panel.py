import pytest

from components.config.load import parse
from components.panel import rows
from tests.stacks.read import changed, data


def _by_credential(stack_data: dict[str, object]) -> dict[str, dict[str, str]]:
    return {row["credential"]: row for row in rows(parse(stack_data, file="dev"))}


def test_a_credential_is_in_the_secret_that_names_it() -> None:
    found = _by_credential(data("dev"))
    assert found["Email.SMTPPassword"] == {
        "workload": "pmp",
        "credential": "Email.SMTPPassword",
        "page": "Email",
        "storage": "Vault",
        "secretName": "https://vault.dev.example:8200/pmp-dev/admin",
        "keyName": "Email.SMTPPassword",
    }


def test_the_other_credentials_are_in_the_secret_that_names_none() -> None:
    found = _by_credential(data("dev"))
    assert len(found) == 30
    assert found["VCS.GitlabAdminPAT"]["storage"] == "AWS"
    assert found["VCS.GitlabAdminPAT"]["secretName"] == "PMP-Dev-Credentials"


def test_a_credential_that_no_secret_uses_is_in_the_database() -> None:
    found = _by_credential(changed("dev", {"secrets/pmp-credentials/uses": ["VCS.GitlabAdminPAT"]}))
    assert found["Marketplace.ImportCDNPassword"]["storage"] == "Database"
    assert "secretName" not in found["Marketplace.ImportCDNPassword"]
    assert sorted({row["storage"] for row in found.values()}) == ["AWS", "Database", "Vault"]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://vault.example", "https://vault.example:443/pmp-dev/admin"),
        ("https://vault.example:8200", "https://vault.example:8200/pmp-dev/admin"),
        ("https://[fd00::5]", "https://[fd00::5]:443/pmp-dev/admin"),
        ("https://[fd00::5]:8200", "https://[fd00::5]:8200/pmp-dev/admin"),
    ],
)
def test_the_url_has_its_port_and_no_data_segment(address: str, shown: str) -> None:
    found = _by_credential(changed("dev", {"endpoints/vault/address": address}))
    assert found["VCS.GithubAdminPAT"]["secretName"] == shown


def test_workloads_without_mendix_have_no_rows() -> None:
    assert rows(parse(data("eks"), file="eks")) == []
