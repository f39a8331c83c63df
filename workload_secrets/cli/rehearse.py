"""`rehearse`: `pulumi up` of the real program on real servers of one's own, proven by logins, then
destroyed."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from workload_secrets.access import report
from workload_secrets.access.derived import derived
from workload_secrets.access.matrix import Matrix
from workload_secrets.access.observed.rehearsal import Rehearsal
from workload_secrets.access.principals import actors
from workload_secrets.access.proof import Proof
from workload_secrets.access.strangers import derived_strangers, strangers
from workload_secrets.access.usage.run import use_everything
from workload_secrets.certify import report as certified
from workload_secrets.certify.certificate import Certificate
from workload_secrets.cli.console import (
    FormatOption,
    Progress,
    ProjectOption,
    ProvidersOption,
    colour,
    project_folder,
    say,
    width,
    write,
)
from workload_secrets.cli.deployment import Deployment, Step
from workload_secrets.cli.site import ROOT, site, spec, vault_admin
from workload_secrets.errors import Exit
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.sandbox import lockout, prerequisites
from workload_secrets.sandbox.api import down, up
from workload_secrets.sandbox.engine.binary import find
from workload_secrets.sandbox.engine.real import OURS, choose, systems
from workload_secrets.sandbox.handle import Sandbox


def rehearse(
    stacks: Annotated[
        list[str], typer.Argument(metavar="STACK", help="Stacks by name or file, in their order.")
    ],
    format_: FormatOption = "text",
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the sandbox and what is deployed; nothing is destroyed.")
    ] = False,
    providers: ProvidersOption = OURS,
    project: ProjectOption = None,
) -> int:
    """Deploys stacks into a sandbox of real servers, logs in as everybody, and cleans up.

    In order: `pulumi up` of each stack with the policy pack; canaries, and logins as everybody; `up` and
    `refresh` again, which must change nothing; a look for secrets in the state and the logs; `pulumi
    destroy` in reverse order, after which the servers must be as before. The first stage that fails
    decides, and ends the rehearsal.

    Needs no credentials; nothing outside this machine is touched.
    """
    progress = Progress()
    folder = project_folder(project)
    graphs = [capture(folder, stack) for stack in stacks]
    progress(f"read {', '.join(graph.stack for graph in graphs)}")
    engine = find(progress)
    real = choose(providers, {system for graph in graphs for system in systems(graph)})
    with _sandbox(folder, graphs, progress, keep=keep) as sandbox:
        done: list[tuple[Deployment, Graph]] = []
        for stack, graph in zip(stacks, graphs, strict=True):
            deployment = Deployment(sandbox, folder, stack, graph, engine, progress, real)
            done.append((deployment, deployment.up()))
        proven = [_one(sandbox, deployment, graph, progress) for deployment, graph in done]
        proofs = [_among(sandbox, one, proven, progress) for one in proven]
        certificates: list[Certificate] = []
        code = Exit.OK if all(proof.passed for proof in proofs) else Exit.ACCESS
        if code == Exit.OK:
            for one in proven:
                one.deployment.again()
            certificates = [one.deployment.certificate() for one in proven]
            clean = all(certificate.verdict == "clean" for certificate in certificates)
            code = Exit.OK if clean else Exit.POLICY
        if code == Exit.OK and not keep:
            for one in reversed(proven):
                one.deployment.destroy()
    proofs = [
        replace(proof, deployed=tuple(one.deployment.lines))
        for proof, one in zip(proofs, proven, strict=True)
    ]
    write(_render(proofs, certificates, format_))
    return code


@contextmanager
def _sandbox(folder: Path, graphs: Sequence[Graph], progress: Step, *, keep: bool) -> Generator[Sandbox]:
    name, root = f"rehearse-{os.getpid()}", folder / ROOT
    specs = [spec(graph) for graph in graphs]
    owner = "detached" if keep else "process"
    sandbox = up(specs, name=name, root=root, owner=owner, progress=progress)
    try:
        yield sandbox
    except KeyboardInterrupt:
        keep = False
        raise
    finally:
        if keep:
            say(f"sandbox {name} stays, with what is deployed and its state in {root / name}")
            say(f"end it with `workload-secrets sandbox down --name {name}`")
        else:
            down(name, root)
            progress("removed the sandbox")


@dataclass(frozen=True)
class _Done:
    """One stack that is deployed and proven by itself. `graph` is the deployed one."""

    graph: Graph
    rehearsal: Rehearsal
    proof: Proof
    deployment: Deployment


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


def _one(sandbox: Sandbox, deployment: Deployment, graph: Graph, progress: Step) -> _Done:
    stack, declaration = deployment.stack, deployment.declaration
    intruders = [
        (actor.namespace, actor.service_account) for actor in actors(declaration) if actor.has_other_account
    ]
    prerequisites.after_deploy(sandbox, stack, intruders)
    lifted = lockout.lift(sandbox, stack, declaration)
    proof = Rehearsal(graph, site(sandbox, stack))
    progress(f"{stack}: canaries written to {proof.write()} secrets, as their declared writers")
    observed = proof.observe()
    progress(f"{stack}: {proof.logins} logins tried")
    used = use_everything(proof.usage(sandbox, vault_admin(sandbox, stack)))
    noted = deployment.noted()
    done = Proof(
        stack=stack,
        declaration=declaration,
        derived=derived(graph),
        observed=observed,
        not_enforced=(*noted["notEnforced"], *proof.left_out),
        declared_only=noted["declaredOnly"],
        usage=used.lines,
        misuse=used.problems,
        substitutions=tuple(dict.fromkeys((*noted["substitutions"], *lifted))),
    )
    return _Done(graph, proof, done, deployment)


def _render(proofs: Sequence[Proof], certificates: Sequence[Certificate], format_: report.Format) -> str:
    if format_ == "json":
        found: list[dict[str, Any]] = [report.as_json(proof) for proof in proofs]
        for stack, certificate in zip(found, certificates, strict=False):
            stack["certificate"] = certified.as_json(certificate)
        return json.dumps({"stacks": found}, indent=2, sort_keys=True, ensure_ascii=False)
    parts = [report.render(proof, format_, width=width(), colour=colour()) for proof in proofs]
    parts += [certified.render(one) for one in certificates if one.verdict != "clean"]
    return "\n".join(parts)
