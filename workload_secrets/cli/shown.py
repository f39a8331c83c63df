"""What `preview` and `review` show, in each format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from workload_secrets.access import report
from workload_secrets.access.change import Change
from workload_secrets.access.notice import Notice
from workload_secrets.access.proof import Proof
from workload_secrets.access.resources import as_json, lines
from workload_secrets.cli.console import colour, width
from workload_secrets.escape import fenced, prose, visible
from workload_secrets.graph.model import Graph
from workload_secrets.review import markdown as review_markdown
from workload_secrets.review import report as review_report
from workload_secrets.review import sarif
from workload_secrets.review.remark import Remark
from workload_secrets.review.run import Review
from workload_secrets.review.site import Site

PreviewFormat: TypeAlias = Literal["text", "markdown", "json", "sarif"]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """All that a preview found. `change` is None without a base."""

    graph: Graph
    proof: Proof
    notices: tuple[Notice, ...]
    change: Change | None
    review: Review
    remarks: tuple[Remark, ...]
    site: Site


def written(shown: Shown, format_: PreviewFormat) -> str:
    """The preview in a format; SARIF holds what is refused and what differs."""
    if format_ == "sarif":
        return dumped(sarif.log(shown.review, shown.remarks, site=shown.site))
    if format_ == "json":
        return dumped(_json(shown))
    return "\n".join(_markdown(shown) if format_ == "markdown" else _text(shown))


def reviewed(review: Review, format_: PreviewFormat, site: Site) -> str:
    """A review alone in a format."""
    if format_ == "sarif":
        return dumped(sarif.log(review, site=site))
    if format_ == "json":
        return dumped({"stack": review.stack, **review_report.as_json(review)})
    if format_ == "markdown":
        return "\n".join(review_markdown.render(review))
    return f"Review: {visible(review.stack)}\n\n{review_report.render(review, colour=colour())}"


_OUTPUTS: Final = ("deployer", "prover", "courier", "administrator", "panel", "ci")


def dumped(data: Any) -> str:
    """JSON, the same twice."""
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False)


def _text(shown: Shown) -> Iterator[str]:
    stack = shown.graph.stack
    yield from (f"Resources: {stack}", "", *(visible(line) for line in lines(shown.graph)), "")
    if shown.change is not None:
        yield from ("Changes", "", *(f"- {visible(line)}" for line in shown.change.lines()), "")
    yield from (f"Review: {stack}", "", review_report.render(shown.review, shown.remarks, colour=colour()))
    yield from (f"Access: {stack}", "", report.render(shown.proof, "text", width=width(), colour=colour()))
    if shown.notices:
        yield from ("To know", "", *(f"- {n.level}: {visible(n.text)}" for n in shown.notices))


def _markdown(shown: Shown) -> Iterator[str]:
    """The review first: it is what a pull request waits for."""
    yield from review_markdown.render(shown.review, shown.remarks)
    if shown.change is not None:
        yield from ("## Changes", "", *(f"- {prose(line)}" for line in shown.change.lines()), "")
    yield report.render(shown.proof, "markdown")
    if shown.notices:
        yield from ("## To know", "", *(f"- {n.level}: {prose(n.text)}" for n in shown.notices), "")
    yield from (f"## Resources: {prose(shown.graph.stack)}", "", *fenced(lines(shown.graph)))


def _json(shown: Shown) -> dict[str, Any]:
    graph = shown.graph
    return {
        "stack": graph.stack,
        "resources": as_json(graph),
        "access": report.as_json(shown.proof),
        "notices": [{"level": n.level, "text": n.text, "source": n.source} for n in shown.notices],
        "change": shown.change.as_json() if shown.change else None,
        "review": review_report.as_json(shown.review, shown.remarks),
        **{name: graph.platform_output(name) for name in _OUTPUTS},
    }
