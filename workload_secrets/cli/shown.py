"""What `preview` shows, in each format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from workload_secrets.access import report
from workload_secrets.access.change import Change
from workload_secrets.access.notice import Notice
from workload_secrets.access.proof import Proof
from workload_secrets.access.resources import as_json, lines
from workload_secrets.cli.console import colour, width
from workload_secrets.graph.model import Graph
from workload_secrets.review import report as review_report
from workload_secrets.review import sarif
from workload_secrets.review.run import Review

PreviewFormat: TypeAlias = Literal["text", "markdown", "json", "sarif"]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """All that a preview found. `change` is None without a base."""

    graph: Graph
    proof: Proof
    notices: tuple[Notice, ...]
    change: Change | None
    review: Review


def written(shown: Shown, format_: PreviewFormat) -> str:
    """The preview in a format; SARIF holds the review alone."""
    if format_ == "sarif":
        return _dumped(sarif.log(shown.review))
    if format_ == "json":
        return _dumped(_json(shown))
    return "\n".join(_text(shown, markdown=format_ == "markdown"))


def _dumped(data: Any) -> str:
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False)


def _text(shown: Shown, *, markdown: bool) -> Iterator[str]:
    head, stack = "## " if markdown else "", shown.graph.stack
    yield from (f"{head}Resources: {stack}", "", *_fenced(lines(shown.graph), markdown), "")
    if shown.change is not None:
        yield from (f"{head}Changes", "", *(f"- {line}" for line in shown.change.lines()), "")
    yield from (
        f"{head}Review: {stack}",
        "",
        *_fenced(tuple(review_report.lines(shown.review)), markdown),
        "",
    )
    if not markdown:
        yield from (f"Access: {stack}", "")
    yield report.render(shown.proof, "markdown" if markdown else "text", width=width(), colour=colour())
    if shown.notices:
        yield from (f"{head}To know", "", *(f"- {n.level}: {n.text}" for n in shown.notices))


def _fenced(text: tuple[str, ...], markdown: bool) -> tuple[str, ...]:
    return ("```", *text, "```") if markdown else text


def _json(shown: Shown) -> dict[str, Any]:
    graph = shown.graph
    return {
        "stack": graph.stack,
        "resources": as_json(graph),
        "access": report.as_json(shown.proof),
        "notices": [{"level": n.level, "text": n.text, "source": n.source} for n in shown.notices],
        "change": shown.change.as_json() if shown.change else None,
        "review": review_report.as_json(shown.review),
        **{name: graph.platform_output(name) for name in ("deployer", "prover", "courier", "panel")},
    }
