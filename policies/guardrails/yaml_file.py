"""Reading the pack's own YAML files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


class BadFile(ValueError):  # noqa: N818 reads better
    """A file of the pack can't be used. The message names the file, and the entry or key."""


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice: one of its values would silently say nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        found = super().construct_mapping(node, deep)
        if len(found) != len(node.value):
            raise yaml.constructor.ConstructorError(
                problem="a key stands twice", problem_mark=node.start_mark
            )
        return found


def load(file: Path) -> Any:
    """What a file holds; None where it is empty or doesn't exist. Raises BadFile."""
    try:
        return yaml.load(file.read_text("utf-8"), _Loader)  # noqa: S506 a safe loader
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadFile(f"{file.name}: can't be read: {error.strerror}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadFile(f"{file.name}: line {line}: not YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError):  # a date such as 2026-02-30 too
        raise BadFile(f"{file.name}: not YAML, or a date that doesn't exist") from None
