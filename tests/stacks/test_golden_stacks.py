import json

import pytest

from tests.stacks import golden
from tests.stacks.read import FLAVOURS, ROOT, path
from workload_secrets.graph.capture import capture


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_program_registers_the_golden_declaration_of_a_flavour(flavour: str) -> None:
    graph = capture(ROOT, str(path(flavour)), mode="update")
    written = json.loads(golden.file(flavour).read_text("utf-8"))
    assert graph.platform_output("declaration") == written["declaration"]
    assert graph.platform_output("panel") == written["panel"]
