"""Which Pulumi CLI is used, and how ours is built. Scripts stand in for Go and for `pulumi`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workload_secrets.sandbox.engine import binary
from workload_secrets.sandbox.go import cache_folder
from workload_secrets.sandbox.tools import tools

ROOT = Path(__file__).parents[3]
GO = """#!/bin/sh
if [ "$1" = env ]; then echo go1.27.0; exit 0; fi
printf '%s\\n' "$@" > "$COUNTER"
while [ "$1" != -o ]; do shift; done
echo built > "$2"; chmod +x "$2"
"""


def environment(folder: Path, pulumi: str | None = None) -> dict[str, str]:
    bin_ = folder / "bin"
    bin_.mkdir(exist_ok=True)
    for name, text in (("go", GO), ("pulumi", f"#!/bin/sh\n{pulumi}\n")):
        if name == "go" or pulumi is not None:
            (bin_ / name).write_text(text)
            (bin_ / name).chmod(0o755)
    return {
        "PATH": f"{bin_}:/usr/bin:/bin",
        "XDG_CACHE_HOME": str(folder / "cache"),
        "COUNTER": str(folder / "arguments"),
    }


@pytest.mark.parametrize("version", ["3.187.0", "v3.274.1", "v4.0.0-alpha.1"])
def test_the_users_cli_is_used_where_it_is_new_enough(tmp_path: Path, version: str) -> None:
    found = binary.find(lambda _: None, environment(tmp_path, f"echo {version}"))
    assert found == binary.Engine(
        path=tmp_path / "bin" / "pulumi", version=version.removeprefix("v"), own=False
    )
    assert not (tmp_path / "arguments").exists()


@pytest.mark.parametrize(
    "says", ["echo v3.186.0", "echo v2.99.9", "echo broken", "exit 1", "echo v3.300.0; exit 3"]
)
def test_an_older_or_broken_cli_is_not_used(tmp_path: Path, says: str) -> None:
    variables = environment(tmp_path, says)
    found = binary.find(lambda _: None, variables)
    assert found.own
    assert found.path.parent == cache_folder(variables)


def test_ours_is_built_from_the_pinned_module_with_its_version_set(tmp_path: Path) -> None:
    variables = environment(tmp_path)
    found = binary.find(lambda _: None, variables)
    arguments = (tmp_path / "arguments").read_text().splitlines()
    assert arguments[:2] == ["build", "-trimpath"]
    assert arguments[-1] == "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
    assert arguments[3].endswith(f"/version.Version=v{found.version}")
    assert re.fullmatch(r"3\.\d+\.\d+", found.version)
    (tmp_path / "arguments").unlink()
    assert binary.find(lambda _: None, variables) == found
    assert not (tmp_path / "arguments").exists()


def test_the_version_counts_in_the_hash() -> None:
    program = binary.program()
    other = type(program)(sources=program.sources, name="pulumi", title="", takes="", package=program.package)
    assert program.digest() != other.digest()


def test_ours_is_new_enough_and_the_readme_names_the_same_bound() -> None:
    version = binary.pinned(binary.SOURCES, binary.MODULE)
    assert binary.new_enough(binary.Engine(path=Path(), version=version, own=True))
    bound = ".".join(str(part) for part in binary.OLDEST)
    assert f"You need the Pulumi CLI {bound} or newer" in (ROOT / "README.md").read_text("utf-8")


def test_status_says_which_programs_are_used_and_builds_none(tmp_path: Path) -> None:
    variables = environment(tmp_path, "echo v3.100.0")
    engine, kubernetes, bao = tools(variables)
    assert "not built yet" in engine.origin
    assert f"{tmp_path}/bin/pulumi is 3.100.0, older than 3.187.0, and not used" in engine.origin
    assert "not built yet" in kubernetes.origin
    assert bao.what == "OpenBao"
    found = binary.find(lambda _: None, variables)
    assert str(found.path) in tools(variables)[0].origin
    mine = tools(environment(tmp_path, "echo v3.300.0"))[0]
    assert (mine.version, mine.origin) == ("3.300.0", f"{tmp_path}/bin/pulumi (yours)")


def test_the_sources_are_in_the_package() -> None:
    assert '"sandbox/engine/cli/*"' in (ROOT / "pyproject.toml").read_text("utf-8")
