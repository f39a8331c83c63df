"""The values of the server's chart, as typed models: only keys that the charts have.

What the charts leave open by default is closed here: TLS off, no audit volume, one injector
that lets pods start without their secrets, ingress from everywhere.
Keys: values.yaml of https://github.com/openbao/openbao-helm (0.29.2) and
https://github.com/hashicorp/vault-helm (0.34.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

Object = Mapping[str, Any]
"""Kubernetes' own structures, which the charts pass on as they are."""


class _Values(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )


class Image(_Values):
    """The charts join repository and tag; a digest goes behind the tag."""

    tag: str


class Enabled(_Values):
    enabled: bool


class Global(_Values):
    tls_disable: bool = False


class Webhook(_Values):
    """`failure_policy` Fail: a pod that asks for secrets never starts without the injector."""

    failure_policy: str = "Fail"
    timeout_seconds: int = 10
    namespace_selector: Object


class Injector(_Values):
    enabled: bool
    replicas: int = 2
    image: Image
    agent_image: Image
    webhook: Webhook
    extra_environment_vars: Mapping[str, str] = {}
    pod_disruption_budget: Object = {"maxUnavailable": 1}
    resources: Object = {
        "requests": {"cpu": "50m", "memory": "64Mi"},
        "limits": {"memory": "128Mi"},
    }


class Probe(_Values):
    """Ready is who is unsealed, standbys too: they forward requests."""

    enabled: bool = True
    path: str = "/v1/sys/health?standbyok=true&perfstandbyok=true"


class SecretVariable(_Values):
    env_name: str
    secret_name: str
    secret_key: str


class Volume(_Values):
    """A claim for each pod; it stays when the release goes."""

    enabled: bool = True
    size: str
    storage_class: str | None = None


class Retention(_Values):
    when_deleted: str = "Retain"
    when_scaled: str = "Retain"


class NetworkPolicy(_Values):
    enabled: bool = True
    ingress: tuple[Object, ...]


class Service(_Values):
    """Sealed nodes get no requests. Joining goes by the headless service, which knows them."""

    publish_not_ready_addresses: bool = False


class Raft(_Values):
    enabled: bool = True
    set_node_id: bool = True
    config: str


class Budget(_Values):
    """Never more than one node away by will, whatever the number of nodes."""

    enabled: bool = True
    max_unavailable: int = 1


class HighAvailability(_Values):
    enabled: bool = True
    replicas: int
    api_addr: str
    raft: Raft
    disruption_budget: Budget = Budget()


class ServiceAccount(_Values):
    create: bool = True
    name: str
    annotations: Mapping[str, str] = {}


class Server(_Values):
    """`pod_management_policy` and `config_annotation` are openbao's, `include_config_annotation`
    is vault's; what is None is left out."""

    enabled: bool = True
    image: Image
    update_strategy_type: str = "OnDelete"
    pod_management_policy: str | None = None
    resources: Object
    auth_delegator: Enabled = Enabled(enabled=True)
    readiness_probe: Probe = Probe()
    extra_environment_vars: Mapping[str, str]
    extra_secret_environment_vars: tuple[SecretVariable, ...] = ()
    volumes: tuple[Object, ...]
    volume_mounts: tuple[Object, ...]
    affinity: str
    topology_spread_constraints: tuple[Object, ...]
    network_policy: NetworkPolicy
    include_config_annotation: bool | None = None
    config_annotation: bool | None = None
    service: Service = Service()
    data_storage: Volume
    audit_storage: Volume
    persistent_volume_claim_retention_policy: Retention = Retention()
    standalone: Enabled = Enabled(enabled=False)
    ha: HighAvailability
    service_account: ServiceAccount


class ServiceMonitor(_Values):
    enabled: bool
    tls_config: Object | None = None
    authorization: Object | None = None


class ServerTelemetry(_Values):
    service_monitor: ServiceMonitor


class ChartValues(_Values):
    """The whole of what is set; the rest is the chart's own."""

    fullname_override: str
    global_: Global = Global()
    injector: Injector
    server: Server
    ui: Enabled = Enabled(enabled=False)
    csi: Enabled = Enabled(enabled=False)
    server_telemetry: ServerTelemetry

    def values(self) -> dict[str, Any]:
        """The values as the chart reads them."""
        made: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        made["global"] = made.pop("global_")  # a keyword of Python
        return made
