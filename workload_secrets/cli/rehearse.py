"""`rehearse`: the real program on real servers of one's own, proven by logins, then removed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from workload_secrets.access import report
from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.access.matrix import Matrix
from workload_secrets.access.observed.rehearsal import Rehearsal
from workload_secrets.access.principals import actors
from workload_secrets.access.proof import Proof
from workload_secrets.access.strangers import derived_strangers, strangers
from workload_secrets.access.usage.run import use_everything
from workload_secrets.cli.console import (
    FormatOption,
    Progress,
    ProjectOption,
    colour,
    project_folder,
    width,
    write,
)
from workload_secrets.cli.site import ROOT, site, spec, vault_admin
from workload_secrets.errors import Exit
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.sandbox import lockout, prerequisites
from workload_secrets.sandbox.api import down, up
from workload_secrets.sandbox.deploy import Deployment, deploy
from workload_secrets.sandbox.handle import Sandbox

Step = Callable[[str], None]


def rehearse(
    stacks: Annotated[
        list[str], typer.Argument(metavar="STACK", help="Stacks by name or file, in their order.")
    ],
    format_: FormatOption = "text",
    project: ProjectOption = None,
) -> int:
    """Deploys stacks into a sandbox of real servers, logs in as everybody, and cleans up.

    Needs no credentials; nothing outside this machine is touched.
    """
    progress = Progress()
    folder = project_folder(project)
    graphs = [capture(folder, stack) for stack in stacks]
    progress(f"read {', '.join(graph.stack for graph in graphs)}")
    with _sandbox(folder, graphs, progress) as sandbox:
        done = [
            _one(sandbox, folder, stack, graph, progress) for stack, graph in zip(stacks, graphs, strict=True)
        ]
        proofs = [_among(sandbox, one, done, progress) for one in done]
    progress("removed the sandbox")
    write(_render(proofs, format_))
    return Exit.OK if all(proof.passed for proof in proofs) else Exit.ACCESS


@contextmanager
def _sandbox(folder: Path, graphs: Sequence[Graph], progress: Step) -> Generator[Sandbox]:
    name, root = f"rehearse-{os.getpid()}", folder / ROOT
    sandbox = up([spec(graph) for graph in graphs], name=name, root=root, owner="process", progress=progress)
    try:
        yield sandbox
    finally:
        down(name, root)


@dataclass(frozen=True)
class _Done:
    """One stack that is deployed and proven by itself. `graph` is the deployed one."""

    graph: Graph
    rehearsal: Rehearsal
    proof: Proof


def _among(sandbox: Sandbox, one: _Done, done: Sequence[_Done], progress: Step) -> Proof:
    """The proof with the principals of all other stacks that share a server with this one."""
    proof = one.proof
    others = [other for other in done if other is not one and _share(sandbox, one, other)]
    if not others or proof.observed is None:
        return proof
    declared = {other.graph.stack: other.proof.declaration for other in others}
    found = one.rehearsal.observe_strangers(other.rehearsal for other in others)
    names = tuple(actor.name for stack, other in declared.items() for actor in strangers(stack, other))
    progress(f"{one.graph.stack}: {len(names)} principals of other stacks tried")
    return replace(
        proof,
        derived=Matrix.of((*proof.derived, *derived_strangers(one.graph, declared))),
        observed=Matrix.of((*proof.observed, *found)),
        strangers=names,
    )


def _share(sandbox: Sandbox, one: _Done, other: _Done) -> bool:
    """Whether two stacks have a Vault or an AWS account in common."""
    here, there = sandbox.stacks[one.graph.stack], sandbox.stacks[other.graph.stack]
    aws, others = one.proof.declaration.facts.aws, other.proof.declaration.facts.aws
    vault = here.vault_address is not None and here.vault_address == there.vault_address
    return vault or (aws is not None and others is not None and aws.account_id == others.account_id)


def _one(sandbox: Sandbox, folder: Path, stack: str, graph: Graph, progress: Step) -> _Done:
    declaration = declaration_of(graph)
    substituted = prerequisites.make(sandbox, graph.stack, declaration)
    made: Deployment = deploy(sandbox, folder, stack, progress, declaration=declaration)
    progress(f"{graph.stack}: {made.created} resources created, {made.updated} updated, {made.same} the same")
    intruders = [
        (actor.namespace, actor.service_account) for actor in actors(declaration) if actor.has_other_account
    ]
    prerequisites.after_deploy(sandbox, graph.stack, intruders)
    substituted += lockout.lift(sandbox, graph.stack, declaration)
    proof = Rehearsal(made.graph, site(sandbox, graph.stack))
    progress(f"{graph.stack}: canaries written to {proof.write()} secrets, as their declared writers")
    observed = proof.observe()
    progress(f"{graph.stack}: {proof.logins} logins tried")
    used = use_everything(proof.usage(sandbox, vault_admin(sandbox, graph.stack)))
    done = Proof(
        stack=graph.stack,
        declaration=declaration,
        derived=derived(made.graph),
        observed=observed,
        not_enforced=(*made.not_enforced, *proof.left_out),
        declared_only=made.declared_only,
        usage=used.lines,
        misuse=used.problems,
        substitutions=tuple(dict.fromkeys((*sandbox.substitutions, *substituted, *made.substitutions))),
    )
    return _Done(made.graph, proof, done)


def _render(proofs: Sequence[Proof], format_: report.Format) -> str:
    if format_ == "json":
        data = {"stacks": [report.as_json(proof) for proof in proofs]}
        return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False)
    return "\n".join(report.render(proof, format_, width=width(), colour=colour()) for proof in proofs)
