"""Tables of Kong Gateway: its login methods and fields, from the table that the checks read."""

from __future__ import annotations

from pydantic.alias_generators import to_camel

from components.config.gateways.auth import AUTHS
from components.config.gateways.methods import FIELDS, FOREIGN, METHODS, OLDEST, Method
from docs.generator.markdown import code, table


def methods() -> list[str]:
    """Every method that `auth` takes: since when, its keys, Kong's fields and Vault's side; then
    the methods that are refused."""
    rows = [
        (code(name), str(method.since), _keys(name), _fields(method), method.vault, _forms(method))
        for name, method in METHODS.items()
        if name in AUTHS
    ]
    head = ("`auth`", "Kong since", "keys of `auth`", "Kong's fields", "Vault's side", "can be given as")
    refused = [(code(name), str(row.since), row.instead) for name, row in FOREIGN.items()]
    return [
        f"Oldest gateway that may be declared: {OLDEST}.",
        "",
        *table(head, rows),
        "",
        "Refused: OpenBao has no such auth method, so no rehearsal could prove it.",
        "",
        *table(("`auth`", "Kong since", "use instead"), refused),
    ]


def fields() -> list[str]:
    """The fields that every method has."""
    rows = [(code(name), str(field.since), field.given) for name, field in FIELDS.items()]
    return table(("Kong's field", "Kong since", "is given"), rows)


def _keys(name: str) -> str:
    keys = (to_camel(key) for key in AUTHS[name].model_fields if key != "method")
    return ", ".join(code(key) for key in keys) or "none"


def _fields(method: Method) -> str:
    return "; ".join(f"{code(name)}: {given}" for name, given in method.fields.items())


def _forms(method: Method) -> str:
    return "decK file, environment" if method.secrets else "KongVault, decK file, environment"
