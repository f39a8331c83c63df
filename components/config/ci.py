"""Who deploys from GitHub: one repository, and an environment of it for each kind of job.

A job's token has the subject `repo:OWNER/REPO:environment:NAME`. In repositories made or renamed
since July 2026, and where somebody switches it on, the ids of owner and repository stand beside
the names: `repo:OWNER@ID/REPO@ID:environment:NAME`. A template of one's own for the subject
makes it something else, which is not supported.
https://docs.github.com/en/actions/reference/security/oidc
https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
"""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator

from components import limits
from components.config.base import Manage, Model
from components.config.fields import Audience, AuthMountPath, Line, SessionSeconds
from components.config.identity import Issuer
from components.config.problem import refuse
from components.config.rules import between, pattern

JobKind = Literal["preview", "drift", "deploy", "prove"]
JOB_KINDS: Final[tuple[JobKind, ...]] = ("preview", "drift", "deploy", "prove")
GITHUB_ISSUER: Final = "https://token.actions.githubusercontent.com"
_OWNER: Final = rf"(?=.{{1,{limits.GITHUB_OWNER_MAX}}}/)[A-Za-z0-9](?:[_-]?[A-Za-z0-9])*"
_NAME: Final = rf"[A-Za-z0-9_.-]{{1,{limits.GITHUB_REPOSITORY_MAX}}}"


def _repository(value: str) -> str:
    found = re.fullmatch(rf"{_OWNER}/({_NAME})", value, re.ASCII)
    if found is None or found[1] in (".", "..") or found[1].endswith(".git"):
        refuse(
            value,
            "OWNER/REPOSITORY as GitHub shows it, upper and lower case too, without wildcards",
            "copy it from the repository's address, without https:// and .git",
        )
    return value


Repository = Annotated[str, AfterValidator(_repository)]
GithubId = Annotated[int, between(1, 2**53 - 1, "as an id", "copy it from gh api repos/OWNER/REPOSITORY")]
GithubEnvironment = Annotated[
    str,
    pattern(
        rf"[A-Za-z0-9]([A-Za-z0-9_.-]{{0,{limits.GITHUB_ENVIRONMENT_MAX - 2}}}[A-Za-z0-9])?",
        f"1 to {limits.GITHUB_ENVIRONMENT_MAX} letters, digits and _.-, a letter or digit at both ends",
        "rename the environment: a colon would stand for another part of the token's subject",
    ),
]
JobTtlSeconds = Annotated[
    int, between(300, 3600, "seconds", "a token lasts for one job; split a job that takes longer")
]


class GithubEnvironments(Model):
    """Names of GitHub's environments where they aren't the stack's own with the kind behind it."""

    preview: GithubEnvironment | None = None
    drift: GithubEnvironment | None = None
    deploy: GithubEnvironment | None = None
    prove: GithubEnvironment | None = None

    def of(self, kind: JobKind) -> str | None:
        """The name for a kind of job, where one is given."""
        return {
            "preview": self.preview,
            "drift": self.drift,
            "deploy": self.deploy,
            "prove": self.prove,
        }[kind]


class Github(Model):
    """`repository_id` and `owner_id`: both, where the subject of its tokens has them."""

    repository: Repository
    repository_id: GithubId | None = None
    owner_id: GithubId | None = None
    issuer: Issuer = GITHUB_ISSUER
    environments: GithubEnvironments = GithubEnvironments()


class CiAws(Model):
    """`manage`: whether the stack makes IAM's OIDC provider of the issuer."""

    manage: Manage = "create"
    owner: Line | None = None
    audience: Audience = "sts.amazonaws.com"
    session_seconds: SessionSeconds = 3600


class CiVault(Model):
    """`manage`: whether the stack makes the auth mount. `audience` None: vault-ENVIRONMENT."""

    auth_mount: AuthMountPath = "github"
    manage: Manage = "create"
    owner: Line | None = None
    audience: Audience | None = None
    token_ttl_seconds: JobTtlSeconds = 1800


class Ci(Model):
    github: Github
    aws: CiAws = CiAws()
    vault: CiVault = CiVault()
