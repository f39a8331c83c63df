"""Rules about Vault agents that the injector adds to pods."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.guardrails.agent_pods import PREFIX, SECRET, Agent, agent
from policies.guardrails.each import Found, each, gather
from policies.guardrails.injector import DOCS
from policies.guardrails.injector import RULES as INJECTOR
from policies.guardrails.kubernetes.accounts import ROLE_ARN
from policies.guardrails.kubernetes.declared import principals
from policies.guardrails.kubernetes.pod_spec import (
    ACCOUNTS,
    DEFAULT,
    Pod,
    namespace,
    object_name,
    pod,
    pods,
)
from policies.guardrails.logins import Login, Logins
from policies.guardrails.resource import Path, Resource
from policies.guardrails.rule import AnyRule, Context, StackRule, Violation
from policies.guardrails.stack import Stack

_TEMPLATE: Final = "agent-inject-template-"
_VOLUME: Final = "agent-service-account-token-volume-name"
_CALL: Final = re.compile(r"\b(?:secret|pkiCert)\s+(?:\"([^\"\n]{1,1024})\"|`([^`\n]{1,1024})`)")
"""What a template reads. https://github.com/hashicorp/consul-template docs/templating-language.md"""


def _resolves(stack: Stack, context: Context) -> Iterator[Found]:
    logins = Logins(stack, context)

    def judge(resource: Resource) -> Iterator[Violation]:
        found = agent(resource)
        if found is None:
            yield from _misplaced(resource)
        elif found.text("agent-configmap"):
            yield Violation(
                "a ConfigMap says what the agent reads, where nothing is reviewed",
                found.path("agent-configmap"),
            )
        else:
            yield from _login(found, logins)

    yield from each((template.resource for template in pods(stack)), judge)


def _misplaced(resource: Resource) -> Iterator[Violation]:
    """On the object itself nothing reads them; a Pod is its own template."""
    template = pod(resource)
    path = ("metadata", "annotations", f"{PREFIX}agent-inject")
    if template and template.at and resource.get(*path) is not None:
        yield Violation("the annotation does nothing here: the injector reads those of the pod", path)


def _login(found: Agent, logins: Logins) -> Iterator[Violation]:
    role = found.text("role")
    kind = found.text("auth-type") or "kubernetes"
    if kind != "kubernetes":
        yield Violation(f"it logs in by {kind}, which no ServiceAccount proves", found.path("auth-type"))
        return
    if not role:
        yield Violation("it names no role to log in as", found.path("role"))
        return
    mount = (found.text("auth-path") or "auth/kubernetes").strip("/").removeprefix("auth/")
    roles = list(logins.at(found.text("namespace") or "", mount, role))
    if not roles:
        text = f"there is no role {role} at the auth mount {mount} in the stack"
        yield Violation(text, found.path("role"), later=True)
        return
    login = roles[0]
    missing = ", ".join(login.missing)
    if missing and logins.doubt:
        raise logins.doubt  # it may be the one
    if missing:
        yield Violation(
            f"the role {role} attaches {missing}, which the stack doesn't make", found.path("role"), True
        )
    yield from _account(found, login, role)
    if not missing:  # of the others nobody can say what they grant
        yield from _paths(found, login, role)


def _account(found: Agent, login: Login, role: str) -> Iterator[Violation]:
    resource = found.pod.resource
    account = found.pod.account()
    if account is not None or not found.pod.partial:
        who = (namespace(resource), account or DEFAULT)
        if not login.admits(*who):
            yield Violation(
                f"the role {role} doesn't admit its account {who[0]}/{who[1]}", found.pod.account_path()
            )
    volume = found.text(_VOLUME)
    if not volume:
        return
    audiences = [(path, resource.text(*path, "audience")) for path in _tokens(found.pod, volume)]
    if not audiences and not found.pod.partial:
        yield Violation("its pod has no volume of that name with a token", found.path(_VOLUME))
    wanted = login.audiences()
    for path, audience in audiences:
        if wanted and audience and audience not in wanted:
            yield Violation(f"the role {role} takes tokens for another audience", (*path, "audience"))


def _tokens(template: Pod, name: str) -> Iterator[Path]:
    for path, volume in template.volumes():
        if volume.get("name") != name:
            continue
        sources = (*path, "projected", "sources")
        for index, _ in enumerate(template.resource.items(*sources)):
            token = (*sources, index, "serviceAccountToken")
            if template.resource.get(*token) is not None:
                yield token


def _paths(found: Agent, login: Login, role: str) -> Iterator[Violation]:
    for label in found.labels(SECRET):
        path = found.text(f"{SECRET}{label}") or ""
        yield from _granted(login, role, path, found.path(f"{SECRET}{label}"))
    for label in found.labels(_TEMPLATE):
        text = found.text(f"{_TEMPLATE}{label}") or ""
        for path in dict.fromkeys(call[1] or call[2] for call in _CALL.finditer(text)):
            yield from _granted(login, role, path, found.path(f"{_TEMPLATE}{label}"))


def _granted(login: Login, role: str, path: str, at: Path) -> Iterator[Violation]:
    wanted = path.partition("?")[0].strip("/")
    if not login.grants(wanted, "read", "update"):
        yield Violation(f"no policy of the role {role} grants {wanted}", at)


def _safe(stack: Stack, context: Context) -> Iterator[Found]:
    annotated, doubt = gather(stack.of(*ACCOUNTS), _with_role)
    in_aws = {*annotated, *(account for account, p in principals(context) if p.get("aws"))}

    def judge(resource: Resource) -> Iterator[Violation]:
        found = agent(resource)
        if found is None:
            return
        yield from _switches(found)
        if found.text(_VOLUME):
            return
        account = (namespace(resource), found.pod.account() or DEFAULT)
        if account in in_aws:
            yield Violation(
                "its account has a role in AWS, so the pod has several tokens, and none is named for Vault",
                found.path(_VOLUME),
            )
        elif doubt:
            raise doubt

    yield from each((template.resource for template in pods(stack)), judge)


def _with_role(account: Resource) -> Iterator[tuple[str, str]]:
    if account.get("metadata", "annotations", ROLE_ARN) is not None:
        yield namespace(account), object_name(account)


def _switches(found: Agent) -> Iterator[Violation]:
    if found.on("tls-skip-verify"):
        yield Violation(
            "it doesn't check Vault's certificate, and shows its token to whoever answers",
            found.path("tls-skip-verify"),
        )
    if found.on("agent-inject-token"):
        yield Violation("it writes its own token where the app reads", found.path("agent-inject-token"))
    for name in ("agent-run-as-user", "agent-run-as-group"):
        if (found.text(name) or "").strip() == "0":
            yield Violation("the agent runs as root", found.path(name))
    service = (found.text("service") or "").strip().lower()
    if service.startswith("http://"):
        yield Violation("it talks to Vault without TLS", found.path("service"))


RULES: Final[tuple[AnyRule, ...]] = (
    StackRule(
        id="AGT-01",
        severity="high",
        title="an agent's role, account and paths resolve",
        why="An agent that can't log in or may not read keeps its pod from starting; one that means"
        " another role reads what that may.",
        remedy="name a role of the stack that admits the pod's account, and paths that its policies grant",
        reference=DOCS,
        seed='vault.hashicorp.com/role: "api-service"',
        check=_resolves,
        at=("kubernetes:", "vault:"),
        late="a role or a policy that the stack doesn't make",
    ),
    StackRule(
        id="AGT-02",
        severity="high",
        title="an agent checks the server, keeps its token, and runs as nobody",
        why="Without the check its token goes to whoever answers; a token in the shared folder is the"
        " app's to lose.",
        remedy="leave tls-skip-verify and agent-inject-token off, run as no root, and name the token volume",
        reference=DOCS,
        check=_safe,
        at=("kubernetes:",),
    ),
    *INJECTOR,
)
