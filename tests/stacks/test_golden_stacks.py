import json

import pytest

from tests.captured import captured
from tests.stacks import golden
from tests.stacks.read import FLAVOURS, OTHERS


@pytest.mark.parametrize("stack", [*FLAVOURS, *OTHERS])
def test_the_program_registers_the_golden_declaration_of_a_stack(stack: str) -> None:
    graph = captured(stack)
    written = json.loads(golden.file(stack).read_text("utf-8"))
    assert graph.platform_output("declaration") == written["declaration"]
    assert graph.platform_output("panel") == written["panel"]


def test_a_stack_in_another_partition_has_no_arn_of_the_first() -> None:
    graph = captured("govcloud")
    text = "\n".join(str(resource.inputs) for resource in graph.resources)
    text += str(graph.platform_output("deployer"))
    assert "arn:aws-us-gov:" in text
    assert "arn:aws:" not in text
