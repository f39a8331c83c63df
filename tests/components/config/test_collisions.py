from components.config.collisions import collisions
from components.config.load import parse
from components.config.stack import StackConfig
from tests.stacks.golden import STACKS
from tests.stacks.read import changed, data


def _config(stack: str, **changes: object) -> StackConfig:
    return parse(
        changed(stack, {key.replace("__", "/"): value for key, value in changes.items()}), file=stack
    )


def test_no_two_stack_files_of_the_project_claim_the_same_name() -> None:
    assert collisions({stack: parse(data(stack), file=stack) for stack in STACKS}) == []


def test_two_clusters_of_one_name_in_one_account_collide() -> None:
    dev, prod = (
        _config("dev"),
        _config("prod", facts__cluster__name="dev", facts__aws__accountId="111122223333"),
    )
    found = collisions({"dev": dev, "prod": prod})
    assert [line.split(":")[0] for line in found] == [
        "IAM role dev-billing in account 111122223333",
        "IAM role dev-billing-admin in account 111122223333",
        "IAM role dev-pmp in account 111122223333",
        "IAM role dev-pmp-admin in account 111122223333",
    ]
    assert found[0] == (
        "IAM role dev-billing in account 111122223333: claimed by the stacks dev and prod; rename one of them"
    )


def test_two_clusters_on_one_vault_need_their_own_auth_mounts() -> None:
    address = "https://vault.dev.example:8200"
    found = collisions({"dev": _config("dev"), "prod": _config("prod", endpoints__vault__address=address)})
    assert found[-1].startswith(f"auth mount kubernetes at {address}, namespace root")
    assert {line.split(" ")[0] for line in found} == {"Vault", "auth"}
    apart = _config("prod", endpoints__vault__address=address, facts__vault__authMount="kubernetes-prod")
    assert collisions({"dev": _config("dev"), "prod": apart}) == []


def test_one_stack_alone_makes_the_audit_devices_of_a_server() -> None:
    file, stdout = {"type": "file", "path": "/log"}, {"type": "file", "path": "stdout"}
    here = {
        "shared__audit": {"devices": {"file": file, "stdout": stdout}},
        "facts__vault__authMount": "here",
    }
    there = {**here, "facts__vault__authMount": "there", "facts__cluster__name": "there"}
    found = collisions({"a": _config("prod", **here), "b": _config("prod", **there)})
    assert [line for line in found if line.startswith("audit device")] == [
        "audit device file at https://vault.prod.example:8200: claimed by the stacks a and b; "
        "rename one of them",
        "audit device stdout at https://vault.prod.example:8200: claimed by the stacks a and b; "
        "rename one of them",
    ]


def test_two_stacks_on_one_cluster_need_their_own_accounts_and_namespaces() -> None:
    server = data("dev")["endpoints"]["cluster"]["apiServer"]
    found = collisions({"dev": _config("dev"), "prod": _config("prod", endpoints__cluster__apiServer=server)})
    assert {line.split(" ")[0] for line in found} == {"ServiceAccount", "namespace"}


def test_two_stacks_on_one_vault_share_a_mount_of_jobs_only_where_one_takes_it_as_existing() -> None:
    here = _config("cluster-a")
    there = _config("cluster-b", workloads__release__identity__authMount="ci/a")
    found = collisions({"a": here, "b": there})
    starts = ("Vault role release of auth/ci/a", "auth mount ci/a")
    assert [next(s for s in starts if line.startswith(s)) for line in found] == list(starts)
    shared = {
        "workloads__release__vaultRole": "release-b",
        "shared__identityMounts": {"ci/a": {"manage": "existing"}},
    }
    taken = _config("cluster-b", workloads__release__identity__authMount="ci/a", **shared)
    assert collisions({"a": here, "b": taken}) == []


def test_two_stacks_of_one_cluster_need_their_own_kong_vaults_and_prefixes() -> None:
    def kongs(other: StackConfig) -> list[str]:
        lines = collisions({"one": _config("gateways"), "other": other})
        return [line.split(" at https")[0] for line in lines if line.startswith("KongVault")]

    objects = ["KongVault edge-machine", "KongVault edge-pods"]
    assert kongs(_config("gateways", gateways__edge__ingressClass="inner")) == objects
    prefixes = [f"KongVault prefix {name} of ingress class kong" for name in ("machine", "pods")]
    assert kongs(_config("gateways")) == [*objects, *prefixes]
