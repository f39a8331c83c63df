"""Whether a Mendix app runs as the account that holds its rights, where a person has to say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from workload_secrets.access.observed.cluster import ClusterClient, RefusedError, unless_denied
from workload_secrets.declaration import DEFAULT_ACCOUNT, Declaration, Principal

API: Final = "/apis/privatecloud.mendix.com/v1alpha1"
_PLACE: Final = ("spec", "template", "spec", "serviceAccountName")
"""Where a Runtime names the account of the app's pods.
https://docs.mendix.com/private-mendix-platform/configure-hashicorp-vault/"""


def faults(declaration: Declaration, cluster: ClusterClient) -> Iterator[str]:
    """Every Runtime that is not there or names another account, as sentences.

    Raises ServerError where the prover may not look at it.
    """
    for name, principal in sorted(declaration.principals.items()):
        if principal.mendix_runtime is not None:
            where = f"{name}: Runtime {principal.namespace}/{principal.mendix_runtime}"
            yield from (f"{where} {fault}" for fault in _of(principal, cluster))


def _of(principal: Principal, cluster: ClusterClient) -> Iterator[str]:
    path = f"{API}/namespaces/{principal.namespace}/runtimes/{principal.mendix_runtime}"
    try:
        found = _account(cluster.read(path))
    except RefusedError as error:
        absent = unless_denied(error).status == 404
        yield (
            "is not there; Mendix's operator makes it with the app"
            if absent
            else f"can't be looked at: {error}"
        )
        return
    if found != principal.service_account:
        yield (
            f"runs the app as {found}, not as {principal.service_account}; name that account in "
            f"{'.'.join(_PLACE)}, or give the app an account of its own name"
        )


def _account(runtime: Mapping[str, Any]) -> str:
    """The account of the app's pods: `default` where the Runtime names none."""
    found: object = runtime
    for part in _PLACE:
        found = cast("Mapping[str, object]", found).get(part) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) and found else DEFAULT_ACCOUNT
