"""The rule about what a pod's processes may do to the node.

https://kubernetes.io/docs/concepts/security/pod-security-standards/ (restricted), and the image
by digest. Only pods that the stack makes: of a patch the rest is somebody else's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from policies.guardrails.kubernetes.pod_spec import WORKLOADS, Pod, pod
from policies.guardrails.resource import Path, Resource
from policies.guardrails.rule import AnyRule, Context, Rule, Violation

_DIGEST: Final = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}", re.ASCII)
_VOLUMES: Final = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "name",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
_PROFILES: Final = frozenset({"RuntimeDefault", "Localhost"})
_SELINUX: Final = frozenset({"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"})
_SYSCTLS: Final = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    }
)
_CONTEXT: Final = "securityContext"


def _restricted(resource: Resource, context: Context) -> Iterator[Violation]:
    del context
    template = pod(resource)
    if template is None or template.partial:
        return
    yield from _host(template)
    yield from _context(resource, (*template.spec, _CONTEXT))
    containers = list(template.containers())
    if not containers:
        yield Violation("it has no container that could be judged", (*template.spec, "containers"))
    for path in containers:
        resource.object(*path)
        yield from _container(template, path)
        yield from _context(resource, (*path, _CONTEXT))


def _host(template: Pod) -> Iterator[Violation]:
    resource, spec = template.resource, template.spec
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if resource.flag(*spec, key):
            yield Violation("it shares a namespace of the node", (*spec, key))
    for path, volume in template.volumes():
        for kind in sorted(set(volume) - _VOLUMES):
            if volume[kind] is not None:
                yield Violation(f"a volume of the kind {kind}", (*path, kind))
    for index, _ in enumerate(resource.items(*spec, _CONTEXT, "sysctls")):
        path = (*spec, _CONTEXT, "sysctls", index, "name")
        if resource.text(*path) not in _SYSCTLS:
            yield Violation("it sets a kernel parameter that others share", path)


def _context(resource: Resource, path: Path) -> Iterator[Violation]:
    """What neither a pod nor a container may set."""
    resource.object(*path)
    if resource.number(*path, "runAsUser") == 0:
        yield Violation("it runs as root", (*path, "runAsUser"))
    if resource.flag(*path, "runAsNonRoot") is False:
        yield Violation("it may run as root", (*path, "runAsNonRoot"))
    profile = resource.text(*path, "seccompProfile", "type")
    if profile is not None and profile not in _PROFILES:
        yield Violation("it has no seccomp profile", (*path, "seccompProfile", "type"))
    options = (*path, "seLinuxOptions")
    if (resource.text(*options, "type") or "") not in _SELINUX:
        yield Violation("a SELinux type of its own", (*options, "type"))
    for key in ("user", "role"):
        if resource.text(*options, key):
            yield Violation(f"a SELinux {key} of its own", (*options, key))
    if resource.text(*path, "appArmorProfile", "type") == "Unconfined":
        yield Violation("it has no AppArmor profile", (*path, "appArmorProfile", "type"))
    if resource.flag(*path, "windowsOptions", "hostProcess"):
        yield Violation("it is a process of the node", (*path, "windowsOptions", "hostProcess"))


def _container(template: Pod, path: Path) -> Iterator[Violation]:
    resource, own = template.resource, (*path, _CONTEXT)
    if not _DIGEST.fullmatch(resource.text(*path, "image") or ""):
        yield Violation("the image isn't named by its digest", (*path, "image"))
    if resource.flag(*own, "privileged"):
        yield Violation("it is privileged", (*own, "privileged"))
    if resource.flag(*own, "allowPrivilegeEscalation") is not False:
        yield Violation("allowPrivilegeEscalation is not false", (*own, "allowPrivilegeEscalation"))
    if _either(template, own, "runAsNonRoot") is None:
        yield Violation("runAsNonRoot is not true", (*own, "runAsNonRoot"))
    if _either(template, own, "seccompProfile", "type") is None:
        yield Violation("no seccomp profile is set", (*own, "seccompProfile"))
    dropped = {name.upper() for name in resource.texts(*own, "capabilities", "drop")}
    if "ALL" not in dropped:
        yield Violation("it doesn't drop ALL capabilities", (*own, "capabilities", "drop"))
    added = {name.upper() for name in resource.texts(*own, "capabilities", "add")}
    for name in sorted(added - {"NET_BIND_SERVICE"}):
        yield Violation(f"it adds the capability {name}", (*own, "capabilities", "add"))
    if (resource.text(*own, "procMount") or "Default") != "Default":
        yield Violation("it sees the node's processes", (*own, "procMount"))
    for index, _ in enumerate(resource.items(*path, "ports")):
        if resource.number(*path, "ports", index, "hostPort"):
            yield Violation("a port of the node", (*path, "ports", index, "hostPort"))


def _either(template: Pod, own: Path, *keys: str) -> Any:
    """What the container says, or else the pod for all its containers."""
    said = template.resource.get(*own, *keys)
    return template.resource.get(*template.spec, _CONTEXT, *keys) if said is None else said


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="K8S-08",
        severity="medium",
        title="a pod that the stack makes is restricted, and its image is named by digest",
        why="Who gets out of a container reads the tokens of every pod on the node; a tag can be another"
        " image tomorrow.",
        remedy="set the securityContext of the restricted Pod Security Standard, and name the image with"
        " @sha256:",
        reference="https://kubernetes.io/docs/concepts/security/pod-security-standards/",
        seed="image: api:latest",
        types=WORKLOADS,
        check=_restricted,
    ),
)
