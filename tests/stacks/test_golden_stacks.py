"""What four stacks grant, document by document."""

from __future__ import annotations

import pytest

from tests.captured import captured
from tests.stacks import golden


@pytest.mark.parametrize("stack", golden.DOCUMENTED)
def test_a_stack_registers_the_documents_that_are_written_down(stack: str) -> None:
    found = golden.text(captured(stack, "preview"))
    assert found == golden.file(stack).read_text("utf-8")
    assert found.count("\n# ") >= 2


def test_a_stack_in_another_partition_has_no_arn_of_the_first() -> None:
    graph = captured("govcloud")
    text = "\n".join(str(resource.inputs) for resource in graph.resources)
    text += str(graph.platform_output("deployer"))
    assert "arn:aws-us-gov:" in text
    assert "arn:aws:" not in text
