"""Stack files of any size: workloads that each read an own secret on both backends."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Final, cast

import yaml

ROOT: Final = Path(__file__).resolve().parents[1]
BACKENDS: Final = ("aws", "vault")
_PREFIX: Final = "workload-secrets:"


def write_stack(
    folder: Path,
    workloads: int,
    *,
    name: str = "bench",
    account: str | None = None,
    namespace: str | None = None,
    backends: Collection[str] = BACKENDS,
) -> Path:
    """Writes `NAME.yaml` for a number of workloads and gives its path.

    Facts and endpoints are those of the dev stack, but for the AWS account and the Vault
    namespace where they are given. The namespace is the environment's name then. Each workload
    reads a secret of its own on each of `backends`.
    """
    dev = cast("dict[str, Any]", yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text("utf-8")))
    config = cast("dict[str, Any]", dev["config"])
    facts = config[f"{_PREFIX}facts"]
    if account is not None:
        facts["aws"]["accountId"] = account
    if namespace is not None:
        facts["vault"]["namespace"] = namespace
        config[f"{_PREFIX}environment"] = namespace
    config.update({f"{_PREFIX}{key}": value for key, value in _declared(workloads, backends).items()})
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump({"config": config}), "utf-8")
    return file


def _declared(workloads: int, backends: Collection[str]) -> dict[str, Any]:
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
    wanted = {key: value for key, value in secrets.items() if value["backend"] in backends}
    return {
        "shared": {
            "kvMounts": {"apps": {"mount": "apps-{environment}", "manage": "create"}},
            "namespaces": namespaces,
        },
        "secrets": wanted,
        "workloads": {
            f"app-{n}": {
                "namespace": f"team-{n}",
                "reads": [f"{backend}-{n}" for backend in BACKENDS if backend in backends],
            }
            for n in numbers
        },
        "writers": {},
    }


def _keys() -> dict[str, Any]:
    """Made anew each time: YAML would write a shared one as an alias, which is refused."""
    return {"api_key": {"required": True}}
