#!/usr/bin/env python3
"""Shows the review of a pull request as one comment on it, which later runs replace.

The gate ran a stranger's program, so everything that it uploaded is untrusted: it is text
for a code block and decides nothing. Which pull request it is, which commit and how the run
ended are asked of GitHub. Variables: RUN_ID, GITHUB_TOKEN, and the runner's own GITHUB_*.

Ends with 0 where a comment was written or none is due, with 5 where GitHub failed.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from github import Artifact, GitHub, Run
from untrusted import ARCHIVE_LIMIT, UnfitError, fenced, member
from web import WebError

MARKER: Final = "<!-- workload-secrets: review of a pull request -->"
GATE: Final = ".github/workflows/pull-request.yml"
_NAME: Final = re.compile(r"review-([a-z0-9][a-z0-9-]{0,39})")
_SHOWN: Final = "preview.txt"
_LIMIT: Final = 60_000
"""Characters. GitHub refuses a comment over 65,536."""
_STACKS: Final = 10
_ENDS: Final = {"success": "passed", "failure": "did not pass", "timed_out": "took too long"}


def main(environment: Mapping[str, str]) -> int:
    """Reads the variables, writes the comment. The exit code of the process."""
    try:
        github = GitHub(
            environment["GITHUB_API_URL"], environment["GITHUB_REPOSITORY"], environment["GITHUB_TOKEN"]
        )
        run = github.run(int(environment["RUN_ID"]))
        if run.event != "pull_request" or run.path != GATE or run.conclusion not in _ENDS:
            return _say("no comment: not a finished run of the gate for a pull request")
        pull_request = github.pull_request(run)
        if pull_request is None:
            return _say("no comment: the run's commit is not the newest of exactly one open pull request")
        server, repository = environment["GITHUB_SERVER_URL"], environment["GITHUB_REPOSITORY"]
        body = text(github, run, f"{server}/{repository}/actions/runs/{run.number}")
        github.write_comment(pull_request, github.own_comment(pull_request, MARKER), body)
        return _say(f"commented on #{pull_request}")
    except (KeyError, TypeError, ValueError) as error:
        return _say(f"error: GitHub's answer or a variable is not as expected ({type(error).__name__})", 5)
    except WebError as error:
        return _say(f"error: {error}", 5)


def text(github: GitHub, run: Run, url: str) -> str:
    """The comment: what GitHub says of the run, then each stack's text in a code block."""
    head = (
        f"{MARKER}\n### Workload secrets: the review of `{_hash(run.head_sha)}` {_ENDS[run.conclusion]}\n\n"
        f"[The run]({url}) has it in full. Below is what the pull request's own program printed.\n"
    )
    found = reviews(github.artifacts(run))
    if not found:
        return f"{head}\nIt left nothing to show.\n"
    room = (_LIMIT - len(head)) // len(found) - 200
    return head + "".join(_section(github, stack, one, room) for stack, one in found)


def reviews(artifacts: Sequence[Artifact]) -> list[tuple[str, Artifact]]:
    """Stack and newest artifact, for each name that is ours: a run that is repeated uploads again."""
    newest = {one.name: one for one in sorted(artifacts, key=lambda one: one.number)}
    own = [(match[1], one) for name, one in newest.items() if (match := _NAME.fullmatch(name))]
    return sorted(own, key=lambda pair: pair[0])[:_STACKS]


def _section(github: GitHub, stack: str, artifact: Artifact, room: int) -> str:
    try:
        if artifact.size > ARCHIVE_LIMIT:
            raise UnfitError(f"it has more than {ARCHIVE_LIMIT} bytes")
        shown = fenced(member(github.download(artifact, ARCHIVE_LIMIT), _SHOWN), room)
    except (UnfitError, WebError) as error:
        return f"\n**{stack}** can't be shown: {error}\n"
    return f"\n<details><summary><b>{stack}</b></summary>\n\n{shown}\n\n</details>\n"


def _hash(sha: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{40,64}", sha):
        raise ValueError
    return sha[:7]


def _say(line: str, code: int = 0) -> int:
    sys.stderr.write(f"comment: {line}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(os.environ))
