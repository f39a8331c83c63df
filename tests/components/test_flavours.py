import pytest

from components import flavours
from components.config.facts import ClusterFacts, Reviewer
from components.config.load import parse
from tests.stacks.read import FLAVOURS, ROOT, changed, data


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_every_flavour_has_a_golden_stack_with_the_shape_of_its_issuer(flavour: str) -> None:
    config = parse(data(flavour), file=flavour, folder=ROOT)
    assert config.facts.cluster.flavour == flavour
    assert flavours.FLAVOURS[config.facts.cluster.flavour].issuer.fullmatch(config.facts.cluster.oidc_issuer)


@pytest.mark.parametrize("row", flavours.FLAVOURS.values())
@pytest.mark.parametrize("reviewer", ["in-cluster", "jwt", "client", "dedicated"])
def test_the_table_says_of_each_reviewer_why_it_works(row: flavours.FlavourRow, reviewer: Reviewer) -> None:
    assert row.reviewers[reviewer].startswith("works")


def _cluster(stack: str) -> ClusterFacts:
    return parse(data(stack), file=stack).facts.cluster


def test_the_api_audience_is_the_flavours_own_where_none_is_declared() -> None:
    assert flavours.api_audience(_cluster("eks")) == "https://kubernetes.default.svc"
    assert flavours.api_audience(_cluster("openshift")) == "https://kubernetes.default.svc"
    assert flavours.api_audience(_cluster("generic")) == "https://kubernetes.default.svc.cluster.local"
    assert flavours.api_audience(_cluster("aks")) == "https://aks-test-dns-0a1b2c3d.hcp.westeurope.azmk8s.io"


def test_private_issuers_are_known_by_their_host_or_declared() -> None:
    assert [stack for stack in FLAVOURS if flavours.private_issuer(_cluster(stack))] == [
        "generic",
        "openshift",
    ]
    declared = parse(
        changed("aks", {"facts/cluster/privateIssuer": True}),
        file="aks",
    )
    assert flavours.private_issuer(declared.facts.cluster)


@pytest.mark.parametrize(
    "host",
    ["10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "localhost", "a.svc", "a.svc.cluster.local"],
)
def test_addresses_that_only_a_cluster_reaches_are_private(host: str) -> None:
    cluster = _cluster("generic").model_copy(update={"oidc_issuer": f"https://{host}"})
    assert flavours.private_issuer(cluster)


def test_the_login_command_follows_the_flavour() -> None:
    eks = flavours.exec_command(parse(data("eks"), file="eks"))
    assert eks is not None
    assert (eks.command, eks.args) == (
        "aws",
        (
            "eks",
            "get-token",
            "--cluster-name",
            "payments",
            "--region",
            "eu-west-1",
            "--output",
            "json",
        ),
    )
    aks = flavours.exec_command(parse(data("aks"), file="aks"))
    assert aks is not None
    assert aks.command == "kubelogin"
    declared = flavours.exec_command(parse(data("generic"), file="generic"))
    assert declared is not None
    assert (declared.command, declared.args) == ("cat", ("credential.json",))
