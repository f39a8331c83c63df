"""The pack in programs that aren't ours: with its own requirements alone, started from elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.policies import foreign
from tests.policies.engine.copies import CATALOGUES, copied
from tests.policies.engine.drive import Said, operation
from tests.policies.engine.graphs import planted
from tests.policies.engine.server import FOLDER, ROOT, PackError, Start, serving
from tests.policies.good.known_good import PROGRAMS, STACK, programs
from workload_secrets.graph.model import Graph
from workload_secrets.review.views import stack_of

_PIN = re.compile(r"^([a-z0-9-]+)==(\S+)((?: *\\\n +--hash=sha256:[0-9a-f]{64})+)", re.MULTILINE)
PINS = {name: version for name, version, _ in _PIN.findall((FOLDER / "requirements.txt").read_text())}
INSTALL = ROOT / "requirements" / "install.sh"


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the pack's requirements install, and nothing else."""
    folder = tmp_path_factory.mktemp("libraries")
    for name, version in PINS.items():
        try:
            found = distribution(name)
        except PackageNotFoundError:
            pytest.fail(f"{name} is not installed: requirements.txt doesn't hold what the pack needs")
        assert found.version == version, name
        for top in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            if not (folder / top).exists():
                (folder / top).symlink_to(str(found.locate_file(top)))
    return folder


@cache
def program(name: str) -> Graph:
    """What a program of other hands registers."""
    return foreign.graph(PROGRAMS, STACK, mode="update", **{"good:variant": name})


def said(graph: Graph, libraries: Path, empty: Path) -> Said:
    """What the pack of this repository says of a program in a folder elsewhere."""
    start = Start(dry_run=True, cwd=empty, project="shop", stack=STACK, isolated=True, libraries=libraries)
    return operation(graph, start)


@pytest.mark.parametrize("name", programs())
def test_a_program_that_is_right_passes(name: str, libraries: Path, tmp_path: Path):
    found = said(program(name), libraries, tmp_path)
    assert [told.text for told in found.all] == []
    assert list(tmp_path.iterdir()) == []


PLANTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "SM-01": ("irsa", "aws:secretsmanager/secret:Secret", {"kmsKeyId": "alias/aws/secretsmanager"}),
    "OIDC-06": (
        "irsa",
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        {"url": "http://issuer.example"},
    ),
    "IAM-01": (
        "irsa",
        "aws:iam/policy:Policy",
        {"policy": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'},
    ),
    "VLT-07": (
        "vault_jwt",
        "vault:index/policy:Policy",
        {"policy": 'path "secret/*" { capabilities = ["read"] }'},
    ),
    "VKA-03": ("vault_jwt", "vault:jwt/authBackendRole:AuthBackendRole", {"tokenTtl": 99999999}),
    "K8S-08": (
        "irsa",
        "kubernetes:apps/v1:Deployment",
        {
            "spec": {
                "selector": {},
                "template": {"spec": {"serviceAccountName": "orders-reader", "containers": [{"name": "c"}]}},
            }
        },
    ),
}


@pytest.mark.parametrize("rule", PLANTS)
def test_what_is_planted_in_it_is_refused(rule: str, libraries: Path, tmp_path: Path):
    name, type_, inputs = PLANTS[rule]
    graph, urn = planted(program(name), type_, **inputs)
    found = said(graph, libraries, tmp_path)
    assert rule in {told.rule for told in found.mandatory if told.urn == urn}
    assert not [told.text for told in found.all if " crash" in told.text]


def test_a_clone_elsewhere_judges_alike(libraries: Path, tmp_path: Path):
    graph, urn = planted(program("irsa"), PLANTS["SM-01"][1], **PLANTS["SM-01"][2])
    (tmp_path / "empty").mkdir()
    start = Start(
        dry_run=True,
        folder=copied(tmp_path / "clone"),
        cwd=tmp_path / "empty",
        project="shop",
        isolated=True,
        libraries=libraries,
    )
    assert {(told.rule, told.urn) for told in operation(graph, start).mandatory} == {("SM-01", urn)}


@pytest.mark.parametrize("lost", [CATALOGUES, Path("workload_secrets")])
def test_a_copy_of_the_folder_alone_says_what_it_lacks(lost: Path, libraries: Path, tmp_path: Path):
    folder = copied(tmp_path)
    shutil.rmtree(tmp_path / lost)
    start = Start(dry_run=True, folder=folder, isolated=True, libraries=libraries)
    with pytest.raises(PackError) as ended, serving(start):
        pass
    assert f"the policy pack needs {lost}" in str(ended.value)
    assert "use a clone of the repository" in str(ended.value)
    assert "Traceback" not in str(ended.value)


def test_a_library_that_is_missing_is_a_crash_and_no_fault_of_the_program(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "hcl2", None)
    found = foreign.findings(stack_of(program("helm_vault")))
    assert {finding.outcome for finding in found} == {"crash"}
    assert {finding.text for finding in found} == {"the rule failed: ModuleNotFoundError"}


def test_the_packs_requirements_are_the_projects_pins():
    ours = {name: version for name, version, _ in _PIN.findall((ROOT / "requirements.txt").read_text())}
    assert {"pulumi", "pulumi-policy", "pyyaml"} <= set(PINS)
    assert not {name for name in PINS if name.startswith(("pulumi-aws", "boto", "typer"))}
    assert {name: ours[name] for name in PINS} == PINS


def test_the_environment_is_the_packs_own_and_has_a_name_that_pulumi_makes():
    about = yaml.safe_load((FOLDER / "PulumiPolicy.yaml").read_text("utf-8"))
    assert about["runtime"] == {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}
    assert "policies/.venv" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A project whose environment stands already, with a pip that does nothing."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "policies").mkdir()
    shutil.copy(INSTALL, tmp_path / "requirements")
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    return tmp_path


def install(folder: Path) -> None:
    subprocess.run(["sh", str(folder / "requirements/install.sh")], check=True, capture_output=True)


def test_in_this_repository_it_is_the_projects_environment(installed: Path):
    install(installed)
    install(installed)
    link = installed / "policies/.venv"
    assert link.is_symlink()
    assert (link / "bin/python").resolve() == installed / ".venv/bin/python"


def test_an_environment_that_pulumi_has_made_stays(installed: Path):
    own = installed / "policies/.venv/bin/python"
    own.parent.mkdir(parents=True)
    own.write_text("own")
    install(installed)
    assert own.read_text() == "own"
    assert not (installed / "policies/.venv").is_symlink()


def test_a_link_that_leads_nowhere_is_mended(installed: Path):
    (installed / "policies/.venv").symlink_to("../gone")
    install(installed)
    assert (installed / "policies/.venv/bin/python").exists()


@pytest.mark.sandbox
def test_its_requirements_install_into_an_empty_environment(tmp_path: Path):
    """As `pulumi install` does: a new environment, then `pip install -r requirements.txt`."""
    environment = tmp_path / ".venv"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin/python"), "-m", "pip", "install", "--quiet", "-r", "requirements.txt"]
    subprocess.run(pip, cwd=FOLDER, check=True)
    known = next((environment / "lib").glob("python3*/site-packages"))
    found = said(program("irsa"), known, tmp_path)
    assert [told.text for told in found.all] == []
