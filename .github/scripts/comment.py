#!/usr/bin/env python3
"""Shows the review of a pull request and the engine's previews as one comment on it.

RUN_ID is a run of the gate or of a preview; whichever it is, the comment says how all of them
stand for that commit, and later runs replace it. Those runs ran a stranger's program, so
everything that they uploaded is untrusted: it is text for a code block, or numbers, and decides
nothing. Which pull request it is, which commit and how runs and jobs ended are asked of GitHub.
Variables: RUN_ID, GITHUB_TOKEN, and the runner's own GITHUB_*.

Ends with 0 where a comment was written or none is due, with 5 where GitHub failed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Final

from github import GitHub, Run
from layout import LIMIT, laid_out
from standing import GATE, PREVIEWS, standing
from web import WebError

MARKER: Final = "<!-- workload-secrets: review of a pull request -->"


def main(environment: Mapping[str, str]) -> int:
    """Reads the variables, writes the comment. The exit code of the process."""
    try:
        github = GitHub(
            environment["GITHUB_API_URL"], environment["GITHUB_REPOSITORY"], environment["GITHUB_TOKEN"]
        )
        run = github.run(int(environment["RUN_ID"]))
        if run.event != "pull_request" or run.path not in (GATE, *PREVIEWS):
            return _say("no comment: not a run of the gate or of a preview for a pull request")
        pull_request = github.pull_request(run)
        if pull_request is None:
            return _say("no comment: the run's commit is not the newest of exactly one open pull request")
        body = text(github, run, f"{environment['GITHUB_SERVER_URL']}/{environment['GITHUB_REPOSITORY']}")
        github.write_comment(pull_request, github.own_comment(pull_request, MARKER), body)
        return _say(f"commented on #{pull_request}")
    except (KeyError, TypeError, ValueError) as error:
        return _say(f"error: GitHub's answer or a variable is not as expected ({type(error).__name__})", 5)
    except WebError as error:
        return _say(f"error: {error}", 5)


def text(github: GitHub, run: Run, repository: str) -> str:
    """The comment on the commit of a run. `repository` is its address."""
    return f"{MARKER}\n{laid_out(standing(github, run), repository, LIMIT - len(MARKER) - 1)}"


def _say(line: str, code: int = 0) -> int:
    sys.stderr.write(f"comment: {line}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(os.environ))
