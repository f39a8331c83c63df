"""Jobs that deploy from GitHub: that each is somebody of its own, and where each logs in."""

from __future__ import annotations

from collections.abc import Iterator

from components import ci
from components.config import resolve
from components.config.ci import JOB_KINDS, Ci, Github
from components.config.identity import JwtIdentity
from components.config.problem import Problem, shown
from components.config.stack import StackConfig
from components.limits import IAM_ROLE_NAME_MAX


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of a stack with `ci`; nothing where it has none."""
    if config.ci is None:
        return
    yield from _ids(config.ci.github)
    yield from _issuer(config, config.ci.github)
    yield from _environments(config, config.ci.github)
    yield from _subjects(config, config.ci.github)
    yield from _names(config)
    yield from _length(config)
    yield from _somewhere(config)
    if ci.uses_vault(config):
        yield from _vault(config, config.ci)


def _ids(github: Github) -> Iterator[Problem]:
    for name, given, other in (
        ("ownerId", github.owner_id, github.repository_id),
        ("repositoryId", github.repository_id, github.owner_id),
    ):
        if given is None and other is not None:
            yield Problem(
                key=f"ci.github.{name}",
                got="nothing",
                allowed="ownerId and repositoryId, or neither: a subject has both or none",
                remedy="copy both from gh api repos/OWNER/REPOSITORY, .owner.id and .id",
            )


def _issuer(config: StackConfig, github: Github) -> Iterator[Problem]:
    if github.issuer.endswith("/"):
        yield Problem(
            key="ci.github.issuer",
            got=shown(github.issuer),
            allowed="an issuer without a slash at its end",
            remedy="copy the iss claim of a job's token, exactly",
        )
    if github.issuer.rstrip("/") == config.facts.cluster.oidc_issuer.rstrip("/"):
        yield Problem(
            key="ci.github.issuer",
            got=shown(github.issuer),
            allowed="another issuer than facts.cluster.oidcIssuer: that one signs for pods",
            remedy="leave the key out, or name the issuer of your GitHub",
        )


def _environments(config: StackConfig, github: Github) -> Iterator[Problem]:
    """GitHub takes upper and lower case for the same."""
    seen: dict[str, str] = {}
    for kind in JOB_KINDS:
        name = ci.environment(config, github, kind)
        if name.lower() in seen:
            yield Problem(
                key=f"ci.github.environments.{kind}",
                got=shown(name),
                allowed=f"another environment than that of {seen[name.lower()]}: both would be one subject",
                remedy="give each kind of job an environment of its own",
            )
        seen.setdefault(name.lower(), kind)


def _subjects(config: StackConfig, github: Github) -> Iterator[Problem]:
    """A workload or writer with a job's token would have the rights of both."""
    own = {ci.subject(github, ci.environment(config, github, kind)): kind for kind in JOB_KINDS}
    for principal in resolve.principals(config).values():
        identity = principal.outside
        if not isinstance(identity, JwtIdentity) or identity.issuer != github.issuer:
            continue
        if identity.subject in own:
            yield Problem(
                key=f"{principal.login_key}.subject",
                got=shown(identity.subject),
                allowed=f"another subject than that of the job {own[identity.subject]} of ci",
                remedy="let it run in an environment of its own",
            )


def _names(config: StackConfig) -> Iterator[Problem]:
    taken = {f"ci-{kind}" for kind in JOB_KINDS}
    for principal in resolve.principals(config).values():
        if principal.name in taken:
            yield Problem(
                key=principal.key,
                got=shown(principal.name),
                allowed=f"a name other than {', '.join(sorted(taken))}: the roles of jobs are called so",
                remedy="rename it",
            )


def _length(config: StackConfig) -> Iterator[Problem]:
    longest = f"{config.facts.cluster.name}-ci-{max(JOB_KINDS, key=len)}"
    if len(longest) > IAM_ROLE_NAME_MAX:
        yield Problem(
            key="facts.cluster.name",
            got=f"{shown(longest)} ({len(longest)} characters) for a job of ci",
            allowed=f"role names CLUSTER-ci-JOB of at most {IAM_ROLE_NAME_MAX} characters",
            remedy="shorten the name of the cluster",
        )


def _somewhere(config: StackConfig) -> Iterator[Problem]:
    if not ci.uses_aws(config) and not ci.uses_vault(config):
        yield Problem(
            key="ci",
            got="a stack that has nothing in AWS or in Vault",
            allowed="ci in a stack with secrets there, or on a cluster of EKS with facts.aws",
            remedy="remove ci, or add facts.aws or facts.vault",
        )


def _vault(config: StackConfig, own: Ci) -> Iterator[Problem]:
    path, vault = own.vault.auth_mount, config.facts.vault
    for other in ci.taken_mounts(config):
        if path == other or path.startswith(f"{other}/") or other.startswith(f"{path}/"):
            yield Problem(
                key="ci.vault.authMount",
                got=shown(path),
                allowed=f"a path that isn't, and isn't above or below, {other}, where others log in",
                remedy="choose another path",
            )
    audience = ci.vault_audience(config, own.vault)
    if audience == own.aws.audience:
        yield Problem(
            key="ci.vault.audience",
            got=shown(audience),
            allowed="another audience than ci.aws.audience: a token made for AWS would log in to Vault",
            remedy="leave the key out",
        )
    if vault and vault.namespace and config.shared.vault_namespace.manage == "create":
        yield Problem(
            key="shared.vaultNamespace.manage",
            got=shown("create"),
            allowed="existing, in a stack with ci: a job logs in inside the namespace, and can't make it",
            remedy="let an administrator make the namespace",
        )
