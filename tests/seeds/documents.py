"""The four published documents as stacks that follow them literally, and what the rules say of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from policies.guardrails.run import Finding
from tests.policies import foreign
from workload_secrets.graph.model import Graph, Mode
from workload_secrets.review.views import stack_of

FOLDER = Path(__file__).parent
STACK = "page"
NAMES = tuple(sorted(file.parent.name for file in FOLDER.glob("*/Pulumi.yaml")))


@cache
def graph(document: str, mode: Mode = "update") -> Graph:
    """What a document's program registers."""
    return foreign.graph(FOLDER / document, STACK, mode=mode)


@cache
def found(document: str, mode: Mode = "update") -> tuple[Finding, ...]:
    """Every finding of a document's stack."""
    return foreign.findings(stack_of(graph(document, mode)))


@cache
def text(document: str) -> str:
    """Everything that the transcript says, in words of the document or of the program."""
    files = sorted(file for file in (FOLDER / document).iterdir() if file.is_file())
    return "\n".join(file.read_text("utf-8") for file in files)
