"""The forms in which a Kong gateway is configured: whether what reads them would take them.

No login shows that. An object without its controller's class is read by nobody
(internal/controllers/configuration of Kong/kubernetes-ingress-controller), and decK refuses a file
of another form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from workload_secrets.access.usage import gateway_logins
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.declaration.gateway import Gateway
from workload_secrets.errors import ServerError
from workload_secrets.kong.deck_schema import faults
from workload_secrets.kong.forms import forms_of

BACKEND: Final = "hcv"
INGRESS_CLASS: Final = "kubernetes.io/ingress.class"


def prove(context: UsageContext) -> Usage:
    """Problems alone: what is right shows by its use."""
    problems: list[str] = []
    forms = forms_of(context.graph)
    for name, gateway in sorted(context.declaration.gateways.items()):
        if gateway.vaults:
            problems += [f"{name}: its decK file: {line}" for line in of_deck(forms[name].deck, gateway)]
        problems += _objects(context, name, gateway)
    return Usage(problems=tuple(problems))


def of_deck(document: Mapping[str, Any], gateway: Gateway) -> list[str]:
    """What is wrong with the content of a decK file: its form, or what it says of a vault."""
    if wrong := faults(document):
        return wrong
    vaults = {vault["prefix"]: vault["config"] for vault in document["vaults"]}
    if vaults.keys() != gateway.vaults.keys():
        return [
            f"has the vaults {', '.join(sorted(vaults))}, declared are {', '.join(sorted(gateway.vaults))}"
        ]
    found: list[str] = []
    for prefix, declared in gateway.vaults.items():
        names = (vaults[prefix].keys() | declared.config.keys()) - declared.given.keys()
        other = sorted(name for name in names if vaults[prefix].get(name) != declared.config.get(name))
        if other:
            found.append(f"{prefix} says otherwise than declared: {', '.join(other)}")
    return found


def of_object(found: Mapping[str, Any], prefix: str, ingress_class: str) -> list[str]:
    """What is wrong with a KongVault as the API server has it, but for its `config`."""
    metadata, spec = _part(found, "metadata"), _part(found, "spec")
    said = {
        "class": _part(metadata, "annotations").get(INGRESS_CLASS),
        "prefix": spec.get("prefix"),
        "backend": spec.get("backend"),
    }
    wanted = {"class": ingress_class, "prefix": prefix, "backend": BACKEND}
    return [
        f"its {what} is {said[what] or 'missing'}, declared is {wanted[what]}: no controller reads it"
        if what == "class"
        else f"its {what} is {said[what] or 'missing'}, declared is {wanted[what]}"
        for what in wanted
        if said[what] != wanted[what]
    ]


def _objects(context: UsageContext, name: str, gateway: Gateway) -> Iterator[str]:
    for prefix, vault in sorted(gateway.vaults.items()):
        if vault.kong_vault is None:
            continue
        try:
            found = gateway_logins.kong_vault_object(context, vault.kong_vault)
        except ServerError:
            continue  # the gateway's own proof says so
        for line in of_object(found, prefix, gateway.ingress_class or ""):
            yield f"{name}/{prefix}: KongVault {vault.kong_vault}: {line}"


def _part(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", found.get(name) or {})
