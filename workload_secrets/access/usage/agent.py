"""The injected agent of every workload that has one, run for real with what its pods have.

The annotations are read where they took effect: on the patched object in the API server, else
from the platform's output. The agent logs in with a token of the workload's account and writes
its files; they are compared by digest with what was stored.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

from workload_secrets.access.observed import pods
from workload_secrets.access.usage import agent_files
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.declaration import Principal
from workload_secrets.declaration.delivery import DeliveredFile
from workload_secrets.errors import InputError, ServerError
from workload_secrets.sandbox.agent.config import Injection, pod_template
from workload_secrets.sandbox.agent.run import RENDER_SECONDS, Agent, Place

LANES: Final = 4
"""Agents that run at the same time; each takes 80 MB."""
_ABSENT: Final = "absent-on-purpose"
_PATIENCE_SECONDS: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class _Pod:
    """One workload's agent: its declaration, and how it stands in the cluster."""

    name: str
    principal: Principal
    injection: Injection
    files: tuple[DeliveredFile, ...]
    where: str


def prove(context: UsageContext) -> Usage:
    """Every agent of the stack: what it writes, what it does without a key, and rotation."""
    lines: list[str] = []
    problems: list[str] = []
    found: list[_Pod] = []
    for name, principal in sorted(context.declaration.principals.items()):
        if principal.delivery is None or principal.delivery.way != "agent":
            continue
        try:
            found.append(_pod(context, name, principal))
        except (InputError, ServerError) as error:
            problems.append(f"{name}: {error}")
    with ThreadPoolExecutor(LANES) as pool:
        for used in pool.map(partial(_first, context), found):
            lines += used.lines
            problems += used.problems
    stored = dict(context.expected)
    for start in range(0, len(found), LANES):
        used = _rotation(context, found[start : start + LANES], stored)
        lines += used.lines
        problems += used.problems
    return Usage(tuple(lines), tuple(problems))


def _pod(context: UsageContext, name: str, principal: Principal) -> _Pod:
    delivery = principal.delivery
    if delivery is None or principal.vault is None:
        raise InputError("an agent needs a secret in Vault")
    if delivery.target is None:
        outputs = cast("Mapping[str, Any]", context.graph.platform_output("delivery"))
        template, where = outputs[name]["podTemplate"], "the output delivery"
    else:
        target = delivery.target
        template = pod_template(context.cluster.read(pods.path(principal.namespace, target)))
        where = f"{target.kind} {principal.namespace}/{target.name}"
    injection = Injection(template)
    if not injection.injected:
        raise InputError(f"{where} does not ask for an agent")
    if injection.service_account != principal.service_account:
        raise InputError(f"{where} runs as {injection.service_account}, not as {principal.service_account}")
    if injection.token.audience != principal.vault.audience:
        raise InputError(f"{where} has a token for {injection.token.audience}, the role asks for another")
    files = tuple(file for file in delivery.files if _stored(context, file))
    return _Pod(name=name, principal=principal, injection=injection, files=files, where=where)


def _stored(context: UsageContext, file: DeliveredFile) -> bool:
    return context.declaration.secrets[file.secret].backend != "vault" or file.secret in context.expected


def _agent(context: UsageContext, pod: _Pod, injection: Injection | None = None) -> Agent:
    access = context.sandbox.stacks[context.stack]
    token = context.token(pod.name, pod.injection.token.audience)
    place = Place(access.vault_address or "", context.sandbox.ca_file, token)
    return Agent(context.sandbox.folder / "agents" / pod.name, injection or pod.injection, place)


def _first(context: UsageContext, pod: _Pod) -> Usage:
    """The init container: everything is written once; and without a key nothing is."""
    if len(pod.files) < len(pod.principal.delivery.files if pod.principal.delivery else ()):
        return Usage(lines=(f"{pod.name}: agent not tried, nobody writes one of its secrets",))
    with _agent(context, pod) as agent:
        ended = agent.init()
        found = [
            fault
            for file in pod.files
            for fault in agent_files.faults(
                file,
                context.declaration.secrets[file.secret],
                agent.file,
                context.expected.get(file.secret, {}),
            )
        ]
    if ended.code != 0:
        why = "; ".join(ended.reasons) or "its log gives no reason"
        return Usage(problems=(f"{pod.name}: the agent of {pod.where} ended with {ended.code}: {why}",))
    if found:
        return Usage(problems=tuple(f"{pod.name}: {fault}" for fault in found))
    line = f"{pod.name}: the agent of {pod.where} wrote {_files(pod.files)} as declared{_unread(pod)}"
    line += "".join(f" ({text})" for text in agent.substitutions)
    return Usage(*_joined(line, _without_key(context, pod)))


def _joined(line: str, loud: str | Usage) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if isinstance(loud, Usage):
        return (line, *loud.lines), loud.problems
    return (f"{line}{loud}",), ()


def _without_key(context: UsageContext, pod: _Pod) -> str | Usage:
    """The same agent, asking for a key that isn't there."""
    lacking = pod.injection.asking_for(_ABSENT)
    if lacking is None:
        return ""
    injection, path = lacking
    with _agent(context, pod, injection) as agent:
        ended = agent.init()
        written = agent.file(path).exists()
    if ended.code in (0, None) or written:
        wrote = "wrote the file" if written else "wrote nothing"
        problem = f"{pod.name}: without a key of {path} the agent ended with {ended.code} and {wrote}"
        return Usage(problems=(problem,))
    return f"; without a key it ended with {ended.code} and wrote no {path}"


def _rotation(context: UsageContext, found: Sequence[_Pod], stored: dict[str, Mapping[str, str]]) -> Usage:
    """The sidecars: what is stored anew is in the files within the interval."""
    turning = [(pod, list(_rotating(context, pod))) for pod in found]
    turning = [(pod, files) for pod, files in turning if files and not pod.injection.init_only]
    with ExitStack() as stack:
        agents = {pod.name: stack.enter_context(_agent(context, pod)) for pod, _ in turning}
        problems: list[str] = []
        for agent in agents.values():
            agent.start()
        for pod, files in turning:
            if not _reached(agents[pod.name], files, stored):
                problems.append(f"{pod.name}: the sidecar wrote nothing within {_PATIENCE_SECONDS:.0f} s")
        for secret in sorted({file.secret for _, files in turning for file in files}):
            stored[secret] = context.rewrite(secret)
        begun = time.monotonic()
        lines: list[str] = []
        for pod, files in turning:
            if _reached(agents[pod.name], files, stored):
                took = time.monotonic() - begun
                lines.append(
                    f"{pod.name}: new values stood in {_files(files)} after {took:.1f} s "
                    f"(interval here {RENDER_SECONDS} s)"
                )
            else:
                problems.append(
                    f"{pod.name}: new values were not in its files after {_PATIENCE_SECONDS:.0f} s"
                )
    return Usage(tuple(lines), tuple(problems))


def _unread(pod: _Pod) -> str:
    """Whose content can't be told: only its author knows what it should be."""
    names = [file.name for file in pod.files if file.format == "template"]
    return f" (not compared: the text of {', '.join(names)})" if names else ""


def _files(files: Sequence[DeliveredFile]) -> str:
    count = sum(len(agent_files.paths(file)) for file in files)
    return f"{count} file{'' if count == 1 else 's'}"


def _rotating(context: UsageContext, pod: _Pod) -> Iterator[DeliveredFile]:
    """Files whose content people rotate, and which can be compared."""
    for file in pod.files:
        if context.declaration.secrets[file.secret].backend == "vault" and file.format != "template":
            yield file


def _reached(agent: Agent, files: Sequence[DeliveredFile], stored: Mapping[str, Mapping[str, str]]) -> bool:
    return agent.wait(
        lambda: all(agent_files.current(file, agent.file, stored[file.secret]) for file in files),
        _PATIENCE_SECONDS,
    )
