"""`kong get`: resolves one reference as the gateway would, and says so without the value."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from workload_secrets.access.derived import declaration_of
from workload_secrets.access.observed.kubeconfig import connection
from workload_secrets.cli.console import ProjectOption, StackArgument, project_folder, write, write_secret
from workload_secrets.cli.kong_credentials import Asked, Files, brought
from workload_secrets.declaration import Declaration
from workload_secrets.errors import InputError
from workload_secrets.graph.capture import capture
from workload_secrets.kong.pod import Api, Container, length
from workload_secrets.kong.reference import BadReference, parse_argument
from workload_secrets.kong.resolver import Gateway, Resolved

ENVIRONMENT_PREFIX: Final = "hcv"
"""The prefix of the vault that Kong's own environment configures."""
ReferenceArgument = Annotated[
    str, typer.Argument(metavar="REFERENCE", help="'{vault://PREFIX/PATH/KEY}', in quotes.")
]


def get(
    stack: StackArgument,
    reference: ReferenceArgument,
    gateway: Annotated[str | None, typer.Option(help="Which gateway, where several have the prefix.")] = None,
    role_id: Annotated[str | None, typer.Option(help="Of the AppRole; else VAULT_TOKEN asks for it.")] = None,
    secret_id_file: Annotated[
        Path | None, typer.Option(help="With the gateway's secret id, or what unwraps it.")
    ] = None,
    certificate: Annotated[Path | None, typer.Option(help="The gateway's client certificate, PEM.")] = None,
    key: Annotated[Path | None, typer.Option(help="The key of the certificate, PEM.")] = None,
    token_file: Annotated[Path | None, typer.Option(help="With the gateway's Vault token.")] = None,
    client_secret_file: Annotated[
        Path | None, typer.Option(help="With the gateway's secret at its OAuth2 token endpoint.")
    ] = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Write the value, and nothing else.")] = False,
    pod: Annotated[
        str | None, typer.Option(metavar="[NAMESPACE/]POD", help="Run `kong vault get` in this pod instead.")
    ] = None,
    container: Annotated[str, typer.Option(help="The data plane's container, with --pod.")] = "proxy",
    project: ProjectOption = None,
) -> None:
    """Resolves a reference exactly as the gateway would: its login, its token, its request.

    Prints that it resolved and how long the value is. A gateway that logs in by its
    ServiceAccount needs nothing: the cluster is asked for a token, as `prove` does. The other
    logins take --secret-id-file, --certificate and --key, --token-file or --client-secret-file.
    With --pod the value never leaves the container.
    """
    asked = _asked(stack, reference, gateway, project)
    if pod is not None:
        if reveal:
            raise InputError("--reveal and --pod: the value stays in the container; leave one out")
        write(_in_pod(asked, pod, container))
        return
    files = Files(
        role_id=role_id,
        secret_id=secret_id_file,
        certificate=certificate,
        key=key,
        token=token_file,
        client_secret=client_secret_file,
    )
    found = _resolve(asked, files)
    if not reveal:
        write(_said(asked, found))
        return
    write_secret(found.value, end="\n" if sys.stdout.isatty() else "")


def _asked(stack: str, text: str, gateway: str | None, project: Path | None) -> Asked:
    try:
        reference = parse_argument(text)
    except BadReference as problem:
        raise InputError(f"REFERENCE: {problem}") from None
    folder = project_folder(project)
    graph = capture(folder, stack)
    declaration = declaration_of(graph)
    name, prefix = _vault(declaration, reference.prefix, gateway)
    return Asked(
        graph=graph,
        declaration=declaration,
        project=folder,
        gateway=name,
        prefix=prefix,
        vault=declaration.gateways[name].vaults[prefix],
        reference=reference,
    )


def _vault(declaration: Declaration, prefix: str, gateway: str | None) -> tuple[str, str]:
    """Gateway and prefix of the vault that is meant. Raises InputError."""
    if gateway is not None and gateway not in declaration.gateways:
        known = ", ".join(sorted(declaration.gateways)) or "none"
        raise InputError(f"--gateway {gateway}: this stack declares no such gateway; it declares: {known}")
    found = [place for place in _vaults(declaration, prefix) if gateway in (None, place[0])]
    if not found:
        known = ", ".join(f"{n}/{p}" for n, g in sorted(declaration.gateways.items()) for p in g.vaults)
        raise InputError(f"prefix {prefix}: no vault of the stack has it; declared: {known or 'none'}")
    if len(found) > 1:
        names = ", ".join(name for name, _ in found)
        raise InputError(f"prefix {prefix}: gateways {names} have it; say which by --gateway")
    return found[0]


def _vaults(declaration: Declaration, prefix: str) -> Iterator[tuple[str, str]]:
    for name, gateway in sorted(declaration.gateways.items()):
        meant = gateway.environment_vault or "" if prefix == ENVIRONMENT_PREFIX else prefix
        if meant in gateway.vaults:
            yield name, meant


def _said(asked: Asked, found: Resolved) -> str:
    reference = asked.reference
    key = "the whole secret" if reference.key is None else f"key {reference.key}"
    version = "" if found.version is None else f", version {found.version}"
    secret = f"secret {asked.vault.config['mount']}/{reference.path}"
    return (
        f"{reference.text()}: resolved at {asked.where} as {asked.vault.principal}: "
        f"{secret}, {key}{version}: {len(found.value)} characters"
    )


def _in_pod(asked: Asked, pod: str, container: str) -> str:
    namespace, _, name = pod.rpartition("/")
    namespace = namespace or asked.principal.namespace
    if not namespace or not name:
        raise InputError(f"--pod {pod}: the gateway is no pod of this stack; write NAMESPACE/POD")
    where = Container(namespace=namespace, pod=name, container=container)
    found = connection(asked.graph)
    api = Api(server=found.server, authority=found.authority, token=found.token)
    size = length(api, where, asked.reference.text())
    return f"{asked.reference.text()}: kong vault get gave {size} bytes in {where}; they stayed there"


def _resolve(asked: Asked, files: Files) -> Resolved:
    endpoint, config = asked.declaration.endpoints.vault, asked.vault.config
    if endpoint is None:
        raise InputError("endpoints.vault is missing in the stack file; add address and caFile")
    ca_file = str(asked.project / endpoint.ca_file) if endpoint.ca_file else None
    session = Gateway(config, brought(asked, files), ca_file).log_in()
    return session.resolve(asked.reference)
