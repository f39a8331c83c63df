"""Stack files of any size: workloads that each read an own secret on both backends."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, cast

import yaml

ROOT: Final = Path(__file__).resolve().parents[1]
_PREFIX: Final = "workload-secrets:"
_WRITER: Final = "keeper"


def write_stack(folder: Path, workloads: int, *, writer: bool = False) -> Path:
    """Writes `bench-N.yaml` for N workloads and gives its path.

    Facts and endpoints are those of the dev stack. With `writer` one more account may set
    values of the first workload's secrets.
    """
    dev = cast("dict[str, Any]", yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text("utf-8")))
    own: dict[str, Any] = {f"{_PREFIX}{key}": value for key, value in _declared(workloads, writer).items()}
    file = folder / f"bench-{workloads}.yaml"
    file.write_text(yaml.safe_dump({"config": {**dev["config"], **own}}), "utf-8")
    return file


def _declared(workloads: int, writer: bool) -> dict[str, Any]:
    numbers = [f"{number:04d}" for number in range(workloads)]
    namespaces = {f"team-{n}": {"manage": "create"} for n in numbers}
    secrets: dict[str, Any] = {}
    for n in numbers:
        secrets[f"aws-{n}"] = {"backend": "aws", "name": f"{{environment}}/team-{n}/api", "keys": _keys()}
        secrets[f"vault-{n}"] = {
            "backend": "vault",
            "mount": "apps",
            "path": f"team-{n}/api",
            "keys": _keys(),
        }
    writers = {_WRITER: {"namespace": f"team-{numbers[0]}", "writes": [f"aws-{numbers[0]}"]}}
    return {
        "shared": {
            "kvMounts": {"apps": {"mount": "apps-{environment}", "manage": "create"}},
            "namespaces": namespaces,
        },
        "secrets": secrets,
        "workloads": {
            f"app-{n}": {"namespace": f"team-{n}", "reads": [f"aws-{n}", f"vault-{n}"]} for n in numbers
        },
        "writers": writers if writer else {},
    }


def _keys() -> dict[str, Any]:
    """Made anew each time: YAML would write a shared one as an alias, which is refused."""
    return {"api_key": {"required": True}}
