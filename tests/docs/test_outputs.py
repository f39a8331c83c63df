"""The outputs that pages show exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.platform.stack import ServerOutputs, StackOutputs
from tests.docs.pages import PAGES, name

NAMES = {*StackOutputs.model_fields, *ServerOutputs.model_fields}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_output_in_a_command_is_exported(page: Path) -> None:
    shown = set(re.findall(r"pulumi stack output ([A-Za-z]\w*)", page.read_text("utf-8")))
    assert shown <= NAMES
