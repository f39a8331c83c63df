"""From a declared server to the values of its chart."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from components import charts, naming
from components.config import server_names
from components.config.vault_server import SecretKeyRef, ServerStack, VaultServer
from components.documents import server_texts
from components.documents.helm_values import (
    ChartValues,
    HighAvailability,
    Image,
    Injector,
    NetworkPolicy,
    Object,
    Raft,
    SecretVariable,
    Server,
    ServerTelemetry,
    ServiceAccount,
    ServiceMonitor,
    Volume,
    Webhook,
)
from components.documents.server_config import API_PORT, CLUSTER_PORT, SECRET_ID_VARIABLE
from components.documents.text import json_text

_NAMESPACE = "kubernetes.io/metadata.name"
"""A label that Kubernetes itself puts on every namespace."""
_ZONE, _HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"


def chart_values(stack: ServerStack, *, ca_pem: str | None = None) -> ChartValues:
    """The values for the declared phase: one node with the first text, or all with the running.

    `ca_pem` is the server's CA, where it is known: injected agents trust it.
    """
    server = stack.vault_server
    release = server_names.release(server)
    first = server.phase == "firstStart"
    bao = server.product == "openbao"
    tag = _tag(server)
    return ChartValues(
        fullname_override=release,
        injector=Injector(
            enabled=server.injector.enabled,
            image=Image(tag=charts.CHARTS[server.product].injector_tag),
            agent_image=Image(tag=tag),
            webhook=Webhook(namespace_selector=_in(server.ingress.namespaces)),
            extra_environment_vars=_agents_trust(ca_pem),
        ),
        server=Server(
            image=Image(tag=tag),
            pod_management_policy="Parallel" if bao else None,  # vault's chart has no other
            resources=_resources(server),
            extra_environment_vars={_variable(server, "CACERT"): f"{_tls(server)}/ca.crt"},
            extra_secret_environment_vars=tuple(_secret_variables(server)),
            volumes=tuple(_volumes(server)),
            volume_mounts=tuple(_mounts(server)),
            affinity=_apart(server),
            topology_spread_constraints=(_spread(server),),
            network_policy=NetworkPolicy(ingress=tuple(_ingress(server))),
            config_annotation=True if bao else None,
            include_config_annotation=None if bao else True,
            data_storage=_volume(server, server.storage.data_gib),
            audit_storage=_volume(server, server.storage.audit_gib),
            ha=HighAvailability(
                replicas=1 if first else server.replicas,
                api_addr=_api_address(server),
                raft=Raft(config=server_texts.current(stack)),
            ),
            service_account=ServiceAccount(name=release, annotations=_annotations(stack)),
        ),
        server_telemetry=ServerTelemetry(service_monitor=_monitor(server)),
    )


def role_arn(stack: ServerStack) -> str | None:
    """The role of the server's account, where it unseals by KMS."""
    aws = stack.facts.aws
    if aws is None or stack.vault_server.seal.type != "awskms":
        return None
    return naming.role_arn(aws.region, aws.account_id, server_names.unseal_role(stack))


def _agents_trust(ca_pem: str | None) -> dict[str, str]:
    """https://github.com/hashicorp/vault-k8s/blob/v1.7.6/subcommand/injector/flags.go"""
    return {"AGENT_INJECT_VAULT_CACERT_BYTES": base64.b64encode(ca_pem.encode()).decode()} if ca_pem else {}


def _tag(server: VaultServer) -> str:
    return f"{server.version}@{server.image_digest}" if server.image_digest else server.version


def _variable(server: VaultServer, name: str) -> str:
    return f"{server_names.variable_prefix(server)}_{name}"


def _tls(server: VaultServer) -> str:
    return f"{server_names.folder(server)}/tls"


def _api_address(server: VaultServer) -> str:
    """A node by its name: its certificate holds no IP addresses of pods. Of the variables that
    the charts set, only those before this one can be used in it."""
    name = server_names.release(server)
    pod = f"$({_variable(server, 'K8S_POD_NAME')})"
    return f"https://{pod}.{name}-internal.{server.namespace}.svc:{API_PORT}"


def _resources(server: VaultServer) -> Object:
    resources = server.resources
    return {
        "requests": {"cpu": resources.cpu_request, "memory": resources.memory_request},
        "limits": {"memory": resources.memory_limit},
    }


def _secret_variables(server: VaultServer) -> Iterator[SecretVariable]:
    """References to Secrets: no value comes here. The bootstrap's only at the first start."""
    if server.phase == "firstStart" and server_texts.bootstrap(server):
        yield _reference(SECRET_ID_VARIABLE, server.bootstrap.secret)
    if server.seal.type == "transit" and server.seal.secret:
        yield _reference(_variable(server, "TOKEN"), server.seal.secret)


def _reference(name: str, secret: SecretKeyRef) -> SecretVariable:
    return SecretVariable(env_name=name, secret_name=secret.name, secret_key=secret.key)


def _volumes(server: VaultServer) -> Iterator[Object]:
    # 288 is 0440: the charts run the server in the volumes' group.
    yield {"name": "tls", "secret": {"secretName": server_names.tls_secret(server), "defaultMode": 288}}
    if (item := _seal_item(server)) and server.seal.secret:
        source = {"secretName": server.seal.secret.name, "items": [item], "defaultMode": 288}
        yield {"name": "seal", "secret": source}
    if server.trust:
        sources = [
            {"configMap": {"name": ca.config_map, "items": [{"key": ca.key, "path": file}]}}
            for file, ca in sorted(server.trust.items())
        ]
        yield {"name": "trust", "projected": {"sources": sources}}


def _seal_item(server: VaultServer) -> dict[str, str] | None:
    if server.seal.type == "static" and server.seal.secret:
        return {"key": server.seal.secret.key, "path": server_texts.SEAL_FILE}
    return {"key": "ca.crt", "path": "ca.crt"} if server.seal.type == "transit" else None


def _mounts(server: VaultServer) -> Iterator[Object]:
    yield {"name": "tls", "mountPath": _tls(server), "readOnly": True}
    if _seal_item(server):
        yield {"name": "seal", "mountPath": f"{server_names.folder(server)}/seal", "readOnly": True}
    if server.trust:
        yield {"name": "trust", "mountPath": f"{server_names.folder(server)}/trust", "readOnly": True}


def _labels(server: VaultServer) -> dict[str, str]:
    """What the charts put on the server's pods."""
    return {
        "app.kubernetes.io/name": charts.CHARTS[server.product].name,
        "app.kubernetes.io/instance": server_names.release(server),
        "component": "server",
    }


def _apart(server: VaultServer) -> str:
    """Two nodes on one host would go with it together. As text: so the charts' own default is."""
    term = {"labelSelector": {"matchLabels": _labels(server)}, "topologyKey": _HOST}
    return json_text({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}})


def _spread(server: VaultServer) -> Object:
    """Zones are filled evenly, where there are any."""
    return {
        "maxSkew": 1,
        "topologyKey": _ZONE,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": _labels(server)},
    }


def _ingress(server: VaultServer) -> Iterator[Object]:
    """Nodes reach each other on both ports; who is declared reaches the API; nobody else."""
    api, cluster = ({"port": port, "protocol": "TCP"} for port in (API_PORT, CLUSTER_PORT))
    yield {"from": [{"podSelector": {"matchLabels": _labels(server)}}], "ports": [api, cluster]}
    namespaces = [*server.ingress.namespaces]
    if server.telemetry:
        namespaces.append(server.telemetry.namespace)
    peers: list[dict[str, Any]] = []
    if namespaces:
        peers.append({"namespaceSelector": _in(tuple(dict.fromkeys(namespaces)))})
    peers += [{"ipBlock": {"cidr": cidr}} for cidr in server.ingress.cidrs]
    if peers:
        yield {"from": peers, "ports": [api]}


def _in(namespaces: tuple[str, ...]) -> dict[str, Any]:
    """A selector of exactly these namespaces. Of none it selects none: the label is always there."""
    if not namespaces:
        return {"matchExpressions": [{"key": _NAMESPACE, "operator": "DoesNotExist"}]}
    return {"matchExpressions": [{"key": _NAMESPACE, "operator": "In", "values": sorted(namespaces)}]}


def _volume(server: VaultServer, gib: int) -> Volume:
    return Volume(size=f"{gib}Gi", storage_class=server.storage.storage_class)


def _annotations(stack: ServerStack) -> dict[str, str]:
    arn = role_arn(stack)
    return {naming.ROLE_ARN_ANNOTATION: arn} if arn else {}


def _monitor(server: VaultServer) -> ServiceMonitor:
    telemetry = server.telemetry
    if telemetry is None or telemetry.token is None:
        return ServiceMonitor(enabled=False)
    ca = {"secret": {"name": server_names.tls_secret(server), "key": "ca.crt"}}
    return ServiceMonitor(
        enabled=True,
        tls_config={"ca": ca, "serverName": server_names.service(server)},
        authorization={"credentials": {"name": telemetry.token.name, "key": telemetry.token.key}},
    )
