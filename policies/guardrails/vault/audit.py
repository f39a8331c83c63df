"""The rule that a server keeps an audit log.

A stack that only configures a server isn't judged: who runs the server has its devices elsewhere,
OpenBao in its own configuration, and no input of such a stack says anything of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guardrails.each import Found, each
from policies.guardrails.resource import Resource
from policies.guardrails.rule import AnyRule, Context, StackRule, Violation
from policies.guardrails.stack import Stack
from policies.guardrails.vault.charts import CHARTS, config, is_server, runs_server
from policies.guardrails.vault.declared import Vault, vault_of
from policies.guardrails.vault.types import AUDIT, is_on

_OPTIONS: Final = ("options",)


def _audited(stack: Stack, context: Context) -> Iterator[Found]:
    vault = vault_of(context)
    devices = stack.of(AUDIT)
    yield from each((*devices, *stack.of(*CHARTS)), lambda r: _judge(r, vault, by_api=bool(devices)))


def _judge(resource: Resource, vault: Vault, *, by_api: bool) -> Iterator[Violation]:
    if resource.type == AUDIT:
        yield from _device(resource, vault)
    elif is_server(resource) and runs_server(resource):
        at, text = config(resource)
        if not (text and text.get("audit")) and not _elsewhere(vault, by_api=by_api):
            yield Violation("no audit device: nobody learns who read what", at, later=True)


def _elsewhere(vault: Vault, *, by_api: bool) -> bool:
    """Vault takes its devices over its API alone: in this stack, or, of a declared server, in
    the stack that configures it."""
    return by_api or (vault.server.get("product") == "vault" and bool(vault.server.get("auditFile")))


def _device(device: Resource, vault: Vault) -> Iterator[Violation]:
    if vault.facts.get("product") == "openbao":
        yield Violation("OpenBao takes audit devices from its own configuration alone", ("type",))
    options = device.object(*_OPTIONS)
    if is_on(device.get(*_OPTIONS, "log_raw")):
        yield Violation("values are logged in clear", (*_OPTIONS, "log_raw"))
    accessor = device.get(*_OPTIONS, "hmac_accessor")
    if "hmac_accessor" in options and not is_on(accessor):
        yield Violation("token accessors are logged in clear", (*_OPTIONS, "hmac_accessor"))


RULES: Final[tuple[AnyRule, ...]] = (
    StackRule(
        id="VLT-03",
        severity="high",
        title="a server keeps an audit log",
        why="Without one nobody learns who read a secret, or that somebody tried.",
        remedy="write an audit stanza into the server's configuration; for Vault, make vault.Audit",
        reference="https://developer.hashicorp.com/vault/docs/concepts/production-hardening",
        seed="helm install vault hashicorp/vault",
        softened="A Vault server with `auditFile`: the stack that configures it makes the device.",
        check=_audited,
        at=("vault:", "kubernetes:helm.sh/"),
        late="a server's chart without an audit device",
    ),
)
