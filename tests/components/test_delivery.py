from typing import Any

import pytest

from components import delivery
from components.config import resolve
from components.config.load import parse
from components.config.stack import StackConfig
from components.declared.delivery import handed_out, targets
from tests.stacks.read import ROOT, changed

PREFIX = "vault.hashicorp.com/"


def _config(**changes: Any) -> StackConfig:
    return parse(changed("agent", changes), file="agent.yaml", folder=ROOT)


def _handed_out(name: str, **changes: Any) -> dict[str, Any]:
    return handed_out(_config(**changes))[name]


def _annotations(name: str, **changes: Any) -> dict[str, str]:
    found = _handed_out(name, **changes)["podTemplate"]["metadata"]["annotations"]
    return {key.removeprefix(PREFIX): value for key, value in found.items()}


def test_the_guides_service_gets_account_token_and_file() -> None:
    found = _handed_out("api-service")
    assert found["patched"] == "Deployment/api-service"
    spec = found["podTemplate"]["spec"]
    assert spec["serviceAccountName"] == "api-service-sa"
    (source,) = spec["volumes"][0]["projected"]["sources"]
    assert source["serviceAccountToken"]["audience"] == "vault"
    made = _annotations("api-service")
    assert made["agent-inject-secret-config"] == "secret/data/production/api-service"
    assert made["agent-inject-perms-config"] == "0400"
    assert made["role"] == "api-service"


def test_a_direct_workload_gets_a_token_only_with_an_audience_of_its_own() -> None:
    assert "volumes" in _handed_out("itself")["podTemplate"]["spec"]
    plain = _handed_out("itself", **{"workloads/itself/vaultAudience": ...})
    assert plain["podTemplate"]["spec"] == {"serviceAccountName": "itself"}


def test_a_job_is_handed_its_pod_template_with_the_reason() -> None:
    found = _handed_out("api-service", **{"workloads/api-service/target/kind": "Job"})
    assert "patched" not in found
    assert "can't be changed once it is made" in found["note"]
    made = found["podTemplate"]["metadata"]["annotations"]
    assert made[f"{PREFIX}agent-pre-populate-only"] == "true"


@pytest.mark.parametrize(("name", "only"), [("nightly", "true"), ("api-service", "false")])
def test_what_ends_has_no_sidecar(name: str, only: str) -> None:
    assert _annotations(name)["agent-pre-populate-only"] == only


def test_files_are_open_unless_the_agent_runs_as_the_app() -> None:
    assert _annotations("pasted")["agent-inject-perms-config"] == "0444"
    own = _annotations("pasted", **{"workloads/pasted/agent": {"runAsSameUser": True}})
    assert own["agent-inject-perms-config"] == "0400"


def test_the_agents_pod_needs_no_token_of_the_api_server() -> None:
    config = _config()
    principals = resolve.principals(config)
    assert not delivery.takes_own_token(config, principals["pasted"])
    plain = _config(**{"workloads/itself/vaultAudience": ...})
    assert delivery.takes_own_token(plain, resolve.principals(plain)["itself"])


def test_an_address_that_only_pods_see_replaces_the_endpoints() -> None:
    assert _annotations("pasted")["service"] == "https://vault.agent.example:8200"
    changes = {"workloads/pasted/agent": {"service": "https://vault.vault.svc:8200"}}
    assert _annotations("pasted", **changes)["service"] == "https://vault.vault.svc:8200"


def test_an_operators_pods_are_nobodys_to_paste_into() -> None:
    found = handed_out(parse(changed("dev", {}), file="dev.yaml", folder=ROOT))
    assert set(found) == {"billing"}


def test_exactly_the_named_objects_are_patched() -> None:
    assert targets(_config()) == (
        ("CronJob", "production", "nightly"),
        ("Deployment", "production", "api-service"),
        ("StatefulSet", "production", "itself"),
    )
