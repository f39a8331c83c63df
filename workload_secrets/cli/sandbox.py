"""`sandbox up|down|status`: the servers of a rehearsal, to stay."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer
import yaml

from workload_secrets.access.derived import declaration_of
from workload_secrets.access.report import table_text
from workload_secrets.cli.console import (
    Progress,
    ProjectOption,
    ProvidersOption,
    StackArgument,
    colour,
    project_folder,
    say,
    width,
    write,
)
from workload_secrets.cli.site import ROOT, spec
from workload_secrets.errors import InputError
from workload_secrets.files import begins_with, described, write_shared
from workload_secrets.graph.capture import capture
from workload_secrets.graph.config import load, locate
from workload_secrets.graph.model import Graph
from workload_secrets.sandbox import databases, prerequisites, substitutes
from workload_secrets.sandbox.api import down, running, strangers, up
from workload_secrets.sandbox.endpoints import endpoints
from workload_secrets.sandbox.engine.binary import find
from workload_secrets.sandbox.engine.real import OURS, choose, systems
from workload_secrets.sandbox.engine.stack import place
from workload_secrets.sandbox.engine.workspace import Workspace
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.tools import tools

STACK_FILE: Final = "Pulumi.sandbox.yaml"
"""The stack file for people with the Pulumi CLI; git-ignored."""
CREDENTIAL: Final = "SANDBOX_CREDENTIAL"
"""Names the file with the Kubernetes credential to use instead of the deployer's."""
_MARK: Final = "# Of sandbox "
_ENDPOINTS: Final = "workload-secrets:endpoints"

NameOption = Annotated[str, typer.Option("--name", help="Which sandbox, where several run.")]

app = typer.Typer(
    help="Starts, ends and shows servers on 127.0.0.1 that a stack can be deployed into.",
    epilog="Example: workload-secrets sandbox up dev",
    no_args_is_help=True,
)


@app.command("up", epilog="Example: workload-secrets sandbox up dev")
def start(
    stack: StackArgument = "dev",
    name: NameOption = "sandbox",
    providers: ProvidersOption = OURS,
    project: ProjectOption = None,
) -> None:
    """Starts the servers a stack needs, makes what it calls existing, and writes Pulumi.sandbox.yaml.

    They run until `sandbox down`.
    """
    progress = Progress()
    folder = project_folder(project)
    graph = capture(folder, stack)
    if locate(folder, stack)[0].resolve() == (folder / STACK_FILE).resolve():
        raise InputError(
            f"{STACK_FILE} is written by this command; name the stack it is made of, such as dev"
        )
    _check_stack_file(folder / STACK_FILE)
    engine = find(progress)
    real = choose(providers, systems(graph))
    declaration = declaration_of(graph)
    sandbox = up([spec(graph)], name=name, root=folder / ROOT, owner="detached", progress=progress)
    try:
        replaced = prerequisites.make(sandbox, graph.stack, declaration)
        prerequisites.prover_anywhere(sandbox, graph.stack)
        workspace = place(sandbox, folder, stack, declaration, engine, real)
        file, changed = _stack_file(folder, stack, graph, sandbox)
    except BaseException:
        down(name, folder / ROOT)
        raise
    progress(f"wrote {file.name}")
    progress(f"providers: {workspace.providers()}")
    passwords = databases.password_files(sandbox, graph.stack, declaration)
    product = substitutes.product(sandbox, graph.stack, declaration)
    kept = () if product is None else (product,)
    substituted = dict.fromkeys((*sandbox.substitutions, *replaced, *kept, *changed))
    if substituted:
        write("\n".join(("In place of what is declared:", *(f"  {line}" for line in substituted))))
    write("\n".join(_hints(graph, sandbox, passwords, workspace)))


@app.command("down", epilog="Example: workload-secrets sandbox down")
def stop(name: NameOption = "sandbox", project: ProjectOption = None) -> None:
    """Ends the servers and removes their files, and Pulumi.sandbox.yaml where it is of this sandbox."""
    folder = project_folder(project)
    if not down(name, folder / ROOT):
        write(f"no sandbox {name} runs")
        return
    file = folder / STACK_FILE
    if begins_with(file, _mark(name)):
        file.unlink()
    write(f"sandbox {name} is gone")


@app.command("status", epilog="Example: workload-secrets sandbox status")
def show(project: ProjectOption = None) -> None:
    """Shows which programs a sandbox uses here, and every running sandbox: its parts with
    address, version and process id.

    Names what else lies in .sandbox.
    """
    root = project_folder(project) / ROOT
    found, others = running(root), strangers(root)
    if others:
        say("\n".join(f"left alone: {line}" for line in others))
    used = [(tool.what, tool.version, tool.origin) for tool in tools(os.environ)]
    write(table_text((("program", "version", "from"), used), width=width(), colour=colour()))
    if not found:
        write("no sandbox runs")
        return
    rows = [
        (sandbox.name, part.name, part.version, part.address, str(part.pid))
        for sandbox in found
        for part in sandbox.parts
    ]
    header = ("sandbox", "part", "version", "address", "pid")
    write(table_text((header, rows), width=width(), colour=colour()))


class _Quoted(yaml.SafeDumper):
    """Writes every text in quotes: of the others readers take some for numbers or dates."""


def _in_quotes(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')


_Quoted.add_representer(str, _in_quotes)


def _mark(name: str) -> str:
    """How the stack file of a sandbox begins."""
    return f"{_MARK}{name}, "


def _check_stack_file(file: Path) -> None:
    """Raises InputError where something else than an earlier sandbox's stack file is there."""
    if os.path.lexists(file) and not begins_with(file, _MARK):
        raise InputError(
            f"{file}: {described(file)}, not written by `sandbox up`, which writes a file of this name; "
            "rename it, or remove it"
        )


def _stack_file(folder: Path, stack: str, graph: Graph, sandbox: Sandbox) -> tuple[Path, tuple[str, ...]]:
    """The stack's own configuration with the sandbox's endpoints and what else stands in here, and a
    sentence for each such thing."""
    own: dict[str, Any] = yaml.safe_load(locate(folder, stack)[0].read_text())
    prefix = f"{graph.project}:"
    merged = {
        key.removeprefix(prefix): json.loads(text) if text[:1] in "[{" else text
        for key, text in load(folder, stack).config.items()
        if text
    }
    changed, said = substitutes.configuration(sandbox, graph.stack, declaration_of(graph), merged)
    replaced = endpoints(sandbox, graph.stack, declaration_of(graph))
    own_file = sandbox.stacks[graph.stack].deployer_exec
    # One file serves both who act on the stack: the prover names its own credential.
    replaced["cluster"]["exec"] = {"command": "sh", "args": ["-c", f'cat "${{{CREDENTIAL}:-{own_file}}}"']}
    config = {key if ":" in key else f"{graph.project}:{key}": value for key, value in own["config"].items()}
    config |= {f"{prefix}{key}": value for key, value in changed.items()}
    config[_ENDPOINTS] = replaced
    file = folder / STACK_FILE
    note = f"{_mark(sandbox.name)}made of stack {graph.stack} by `sandbox up`. Not to be committed.\n"
    _check_stack_file(file)
    text = note + yaml.dump({"config": config}, Dumper=_Quoted, sort_keys=False)
    return write_shared(file, text), said


def _hints(graph: Graph, sandbox: Sandbox, passwords: Mapping[str, Path], workspace: Workspace) -> list[str]:
    """`passwords`: files of databases' admin passwords, by the variable that a deploy takes."""
    access = sandbox.stacks[graph.stack]
    lines = ["To deploy with the Pulumi CLI, whose state and providers are the sandbox's own:"]
    lines.append("  unset PULUMI_CONFIG_PASSPHRASE")  # it would count more than the file
    settings = workspace.settings()
    lines += [f"  export {name}={shlex.quote(value)}" for name, value in settings.items()]
    if access.vault_token_file is not None:
        lines.append(f'  export VAULT_TOKEN="$(cat {_quoted(access.vault_token_file)})"')
    if access.aws_credentials_file is not None:
        credentials = _quoted(access.aws_credentials_file)
        lines.append(f"  export AWS_SHARED_CREDENTIALS_FILE={credentials} AWS_PROFILE=deployer")
        # boto3 looks at the profile's ca_bundle only in the config file; the hook and `keys` are boto3.
        lines.append(f"  export AWS_CA_BUNDLE={_quoted(sandbox.ca_file)}")
    lines += [f'  export {name}="$(cat {_quoted(file)})"' for name, file in passwords.items()]
    pulumi, project = _quoted(workspace.engine.path), _quoted(workspace.project)
    lines.append(f"  {pulumi} --cwd {project} up --stack {graph.stack}")
    if access.aws_credentials_file is not None:
        lines.append("  workload-secrets keys seed sandbox")
    lines.append("To look at who can read what, once it is deployed:")
    lines.append(f"  export {CREDENTIAL}={_quoted(access.prover_exec)}")
    if access.aws_credentials_file is not None:
        lines.append("  export AWS_PROFILE=admin")
    lines.append("  workload-secrets prove sandbox")
    return lines


def _quoted(file: Path) -> str:
    return shlex.quote(str(file))
