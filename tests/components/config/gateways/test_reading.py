from components.config import resolve
from components.config.gateways import reading
from components.config.load import parse
from components.config.stack import StackConfig
from tests.stacks.read import ROOT, changed


def made(**change: object) -> StackConfig:
    places = {place.replace("__", "/"): value for place, value in change.items()}
    return parse(changed("gateways", places), file="stack.yaml", folder=ROOT)


def test_each_vault_is_read_by_its_own_login_or_the_workload() -> None:
    assert reading.readers(made()) == {"kong-dp", "edge-machine", "edge-partner"}


def test_what_logs_in_for_a_vault_does_so_until_the_vault_goes() -> None:
    config = made(gateways__edge__references=[], gateways__edge__keyring=...)
    for name in ("kong-dp", "edge-machine", "edge-partner"):
        principal = resolve.principals(config)[name]
        assert resolve.secrets_of(config, principal, "vault") == ()
        assert resolve.uses_vault(config, principal)


def test_who_reads_nothing_in_vault_and_for_no_gateway_does_not_log_in() -> None:
    config = made(workloads__other__reads=[])
    assert not resolve.uses_vault(config, resolve.principals(config)["other"])


def test_a_reference_with_hcv_means_the_vault_of_the_environment() -> None:
    config = made()
    prefixes = [meant.prefix for meant in reading.references(config, config.gateways["edge"])]
    assert prefixes == ["pods", "pods", "machine", "partner"]


def test_an_undeclared_keyring_is_nobodys_right() -> None:
    config = made()
    gateway = config.gateways["edge"]
    other = gateway.model_copy(update={"keyring": gateway.keyring.model_copy(update={"secret": "none"})})  # type: ignore[union-attr]
    assert reading.keyrings(config, "kong-dp") == ("keyring",)
    assert reading.keyrings(config.model_copy(update={"gateways": {"edge": other}}), "kong-dp") == ()
