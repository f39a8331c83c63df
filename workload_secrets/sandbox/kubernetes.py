"""One Kubernetes API: etcd, kube-apiserver, its controllers, its keys and tokens, and access to it.

The flags were tried with 1.35.4 (https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workload_secrets.sandbox.certificates import Pair, signing_keys
from workload_secrets.sandbox.deploy.admin import custom_kind
from workload_secrets.sandbox.deploy.http import JsonClient
from workload_secrets.sandbox.files import below, private_folder, write_json, write_private
from workload_secrets.sandbox.handle import Cluster, ClusterSpec, Part
from workload_secrets.sandbox.kube_binary import KubeBinary
from workload_secrets.sandbox.objects import DEPLOYER, PROVER, RBAC, apply, ensure, ensure_namespace
from workload_secrets.sandbox.ports import LOOPBACK
from workload_secrets.sandbox.rest import Rest
from workload_secrets.sandbox.servers import Command, Servers

ADMIN: Final = "sandbox-admin"
REVIEWER: Final = "vault-reviewer"
PROVER_OBJECTS: Final = "prover-rbac.json"
CONTROLLERS: Final = (
    "namespace-controller",
    "garbage-collector-controller",
    "serviceaccount-controller",
    "clusterrole-aggregation-controller",
)
CustomKind = tuple[str, str, str]
"""Group, version and kind."""
_REVIEWER_SECONDS: Final = 30 * 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Login:
    """The bearer tokens of one cluster's users."""

    admin: str
    deployer: str
    prover: str


@dataclass(frozen=True, kw_only=True)
class Starting:
    """A cluster whose servers were told to start."""

    cluster: Cluster
    login: Login
    binary: KubeBinary
    etcd: Part
    api: Part


def start(
    servers: Servers, spec: ClusterSpec, binary: KubeBinary, ports: Sequence[int], pair: Pair, ca_file: Path
) -> Starting:
    """Starts etcd and the API server (three ports); `finish` waits for them."""
    folder = private_folder(below(ca_file.parent / "clusters", spec.name))
    private, public = signing_keys(folder)
    login = _login(folder)
    cluster = Cluster(
        name=spec.name,
        issuer=spec.issuer,
        api_audience=spec.api_audience,
        api_server=f"https://{LOOPBACK}:{ports[2]}",
        ca_file=ca_file,
        admin_token_file=write_private(folder / "admin.token", login.admin),
        reviewer_token_file=folder / "reviewer.token",
        signing_key_file=private,
        public_key_file=public,
    )
    etcd = servers.start(_etcd(cluster, binary, ports, folder))
    api = servers.start(_api_server(cluster, binary, ports, pair, folder))
    return Starting(cluster=cluster, login=login, binary=binary, etcd=etcd, api=api)


def finish(servers: Servers, starting: Starting, kinds: Iterable[CustomKind]) -> None:
    """Waits for the API server, makes the reviewer with its token and the custom kinds, and starts
    the controllers.

    They look for kinds when they start and then twice a minute: a kind that comes later has
    deletions that wait for it.
    """
    cluster = starting.cluster
    rest = admin(cluster)
    servers.wait(starting.api, lambda: rest.answers("/readyz"))
    _make_reviewer(rest, cluster)
    client = JsonClient(
        "Kubernetes",
        cluster.api_server,
        cluster.ca_file.read_text(),
        {"authorization": f"Bearer {starting.login.admin}"},
    )
    for group, version, kind in kinds:
        custom_kind(client, group, version, kind)
    if starting.binary.controllers:
        servers.start(_controllers(starting))


def admin(cluster: Cluster) -> Rest:
    """The cluster as its administrator (system:masters)."""
    token = cluster.admin_token_file.read_text()
    return Rest(cluster.api_server, cluster.ca_file, {"Authorization": f"Bearer {token}"})


def _login(folder: Path) -> Login:
    login = Login(admin=secrets.token_hex(24), deployer=secrets.token_hex(24), prover=secrets.token_hex(24))
    rows = [
        f'{login.admin},{ADMIN},{ADMIN},"system:masters"',
        f"{login.deployer},{DEPLOYER},deployer",
        f"{login.prover},{PROVER},prover",
    ]
    write_private(folder / "tokens.csv", "\n".join(rows) + "\n")
    return login


def _etcd(cluster: Cluster, binary: KubeBinary, ports: Sequence[int], folder: Path) -> Command:
    client, peer = (f"http://{LOOPBACK}:{port}" for port in ports[:2])
    data = str(private_folder(folder / "etcd"))
    own = [data, client, peer]
    theirs = [
        f"--data-dir={data}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
        "--log-level=error",
    ]
    return Command(
        name=f"etcd-{cluster.name}",
        version=binary.etcd_version,
        address=client,
        argv=[*binary.etcd, *(own if binary.own else theirs)],
    )


def _api_server(
    cluster: Cluster, binary: KubeBinary, ports: Sequence[int], pair: Pair, folder: Path
) -> Command:
    flags = {
        "etcd-servers": f"http://{LOOPBACK}:{ports[0]}",
        "bind-address": LOOPBACK,
        "advertise-address": LOOPBACK,
        "secure-port": ports[2],
        "cert-dir": folder,
        "tls-cert-file": pair.certificate,
        "tls-private-key-file": pair.key,
        "service-account-issuer": cluster.issuer,
        "service-account-key-file": cluster.public_key_file,
        "service-account-signing-key-file": cluster.signing_key_file,
        # Exactly the declared audience: a token asked for without audience carries all that
        # stand here, and a real cluster's default token carries this one.
        "api-audiences": cluster.api_audience,
        "authorization-mode": "RBAC",
        "token-auth-file": folder / "tokens.csv",
        "service-cluster-ip-range": "10.0.0.0/24",
        # Nothing runs pods here, so nothing would make the accounts this plugin asks for.
        "disable-admission-plugins": "ServiceAccount",
    }
    return Command(
        name=f"kubernetes-{cluster.name}",
        version=binary.version,
        address=cluster.api_server,
        argv=[*binary.api_server, *(f"--{name}={value}" for name, value in flags.items())],
    )


def _controllers(starting: Starting) -> Command:
    """Those that deletion, accounts and roles need. They publish no CA: pods would want it, and none run.

    https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/
    """
    cluster, folder = starting.cluster, starting.cluster.admin_token_file.parent
    server = {"server": cluster.api_server, "certificate-authority": str(cluster.ca_file)}
    names = {"cluster": ADMIN, "user": ADMIN}
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": ADMIN, "cluster": server}],
        "users": [{"name": ADMIN, "user": {"tokenFile": str(cluster.admin_token_file)}}],
        "contexts": [{"name": ADMIN, "context": names}],
        "current-context": ADMIN,
    }
    flags = {
        "kubeconfig": write_json(folder / "controllers.json", kubeconfig),
        "leader-elect": "false",
        "bind-address": LOOPBACK,
        "secure-port": 0,
        "controllers": ",".join(CONTROLLERS),
    }
    return Command(
        name=f"controllers-{cluster.name}",
        version=starting.binary.version,
        address=cluster.api_server,
        argv=[*starting.binary.controllers, *(f"--{name}={value}" for name, value in flags.items())],
    )


def _make_reviewer(rest: Rest, cluster: Cluster) -> None:
    """The ServiceAccount with which Vault asks for token reviews, and its token."""
    namespace = "/api/v1/namespaces/kube-system"
    ensure_namespace(rest, "kube-system")
    ensure(rest, f"{namespace}/serviceaccounts", {"metadata": {"name": REVIEWER}})
    apply(rest, [_reviewer_binding()])
    request = {"spec": {"audiences": [cluster.api_audience], "expirationSeconds": _REVIEWER_SECONDS}}
    answer = rest.call("POST", f"{namespace}/serviceaccounts/{REVIEWER}/token", request)
    write_private(cluster.reviewer_token_file, str(answer["status"]["token"]))


def _reviewer_binding() -> Mapping[str, Any]:
    subject = {"kind": "ServiceAccount", "name": REVIEWER, "namespace": "kube-system"}
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": REVIEWER},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "system:auth-delegator"},
        "subjects": [subject],
    }


def exec_credential(file: Path, token: str) -> Path:
    """A file that a kubeconfig's `exec` user prints with `cat`."""
    return write_json(
        file,
        {
            "apiVersion": "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "status": {"token": token},
        },
    )
