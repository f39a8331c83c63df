"""Who may import whom: the import rules of the design, held for every module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SYSTEMS = ("aws", "vault", "kubernetes", "kong")
PURE = ("components.documents", "components.naming", "workload_secrets.decide")
"""No Pulumi: what stands there can be tested and reasoned about without a program."""

ALLOWED_OF_TOOL = (
    "workload_secrets.decide.gateway_times",
    "workload_secrets.declaration",
    "workload_secrets.errors",
    "workload_secrets.keys.database_root",
    "workload_secrets.keys.encoding",
    "workload_secrets.keys.template",
    "workload_secrets.keys.vault_http",
    "workload_secrets.kong.reference",
    "workload_secrets.outside",
)
"""How a secret's keys are written down stands once; the program and `keys` share it. So do what
a hook does and the command that repeats it, which talk to Vault in one way; and what a reference
of Kong means, how long a gateway may keep a value, and how text from outside is shown. The
declaration is one class, which the program fills and the tool reads."""


def modules(package: str) -> dict[str, Path]:
    """Every module of a top-level package, by its dotted name."""
    folder = ROOT / package
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted(folder.rglob("*.py"))
    }


def imports(path: Path) -> Iterator[str]:
    """Dotted names that a module imports, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


COMPONENTS = modules("components")
TOOL = modules("workload_secrets")
POLICIES = modules("policies")
EVERY = {**COMPONENTS, **TOOL, **POLICIES}


def offenders(found: dict[str, Path], *forbidden: str, but: tuple[str, ...] = ()) -> list[str]:
    return [
        f"{module} imports {name}"
        for module, path in found.items()
        for name in imports(path)
        if within(name, *forbidden) and not within(name, *but)
    ]


def test_the_tool_never_imports_the_program():
    """The declaration travels in the graph: another project's program works just as well."""
    assert offenders(TOOL, "components") == []


def test_the_tool_runs_the_rules_in_one_room():
    """The pack is started by the engine; the review runs the same rules over a graph."""
    elsewhere = {m: path for m, path in TOOL.items() if not within(m, "workload_secrets.review")}
    assert offenders(elsewhere, "policies") == []
    review = {m: path for m, path in TOOL.items() if within(m, "workload_secrets.review")}
    assert offenders(review, "policies", but=("policies.guardrails",)) == []


def test_the_program_imports_only_the_encoding_and_the_template_of_the_tool():
    assert offenders(COMPONENTS, "workload_secrets", but=ALLOWED_OF_TOOL) == []


def test_program_and_policies_never_import_each_other():
    assert offenders(COMPONENTS, "policies") == []
    assert offenders(POLICIES, "components") == []


def test_policies_import_only_the_evaluators_of_the_tool():
    """And how a provider's settings are read: the engine shows them as the SDK writes them."""
    allowed = ("workload_secrets.decide", "workload_secrets.provider_settings")
    assert offenders(POLICIES, "workload_secrets", but=allowed) == []


@pytest.mark.parametrize("package", PURE)
def test_pure_modules_import_no_pulumi_nor_a_system(package: str):
    found = {module: path for module, path in EVERY.items() if within(module, package)}
    assert found
    sdks = ("pulumi", "pulumi_aws", "pulumi_vault", "pulumi_kubernetes", "boto3", "hvac", "kubernetes")
    assert offenders(found, *sdks) == []


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_component_imports_no_component_of_another_system(system: str):
    found = {m: path for m, path in COMPONENTS.items() if within(m, f"components.{system}")}
    others = tuple(f"components.{other}" for other in SYSTEMS if other != system)
    assert offenders(found, *others) == []


def component_modules() -> dict[str, Path]:
    """The modules that define a component."""
    return {
        module: path
        for module, path in COMPONENTS.items()
        if within(module, *(f"components.{system}" for system in SYSTEMS))
        and "pulumi.ComponentResource" in path.read_text(encoding="utf-8")
    }


def test_a_component_imports_no_sibling_component():
    assert len(component_modules()) >= 12
    for module, path in component_modules().items():
        siblings = tuple(other for other in component_modules() if other != module)
        assert offenders({module: path}, *siblings) == []


def test_only_the_platform_imports_components():
    rest = {
        module: path
        for module, path in COMPONENTS.items()
        if not within(module, *(f"components.{system}" for system in SYSTEMS))
        and not module.startswith("components.platform")
    }
    assert offenders(rest, *component_modules()) == []


def test_a_component_reads_no_configuration_environment_or_stack_name():
    for path in component_modules().values():
        text = path.read_text(encoding="utf-8")
        for word in ("pulumi.Config", "os.environ", "get_stack", "get_project", "import os"):
            assert word not in text, f"{path.name}: {word}"


def test_only_the_loader_reads_the_programs_configuration():
    readers = {
        module for module, path in COMPONENTS.items() if "pulumi.Config(" in path.read_text(encoding="utf-8")
    }
    assert readers <= {"components.config.load"}


GROUND_FLOOR = ("workload_secrets.declaration", "workload_secrets.outside")
"""Every layer may import these."""


def layer(module: str) -> str:
    return ".".join(module.split(".")[:2])


ALLOWED_LAYERS = {
    "workload_secrets.graph": (),
    "workload_secrets.decide": (),
    "workload_secrets.keys": ("workload_secrets.graph", "workload_secrets.decide"),
    "workload_secrets.kong": ("workload_secrets.graph", "workload_secrets.decide", "workload_secrets.keys"),
    "workload_secrets.access": (
        "workload_secrets.graph",
        "workload_secrets.decide",
        "workload_secrets.keys",
        "workload_secrets.kong",
    ),
    "workload_secrets.review": ("workload_secrets.graph", "workload_secrets.decide"),
    "workload_secrets.certify": ("workload_secrets.graph",),
    "workload_secrets.sandbox": ("workload_secrets.graph", "workload_secrets.decide"),
}
"""cli may import all; graph and decide import no other layer. A proof writes its canaries by keys."""


SHARED_OF_SANDBOX = (
    "workload_secrets.sandbox.handle",
    "workload_secrets.sandbox.agent",
    "workload_secrets.sandbox.databases",
    "workload_secrets.sandbox.postgres",
)
"""Where the servers are, the agent that a proof runs as a pod would have it, and the database
that it uses its credentials on."""


@pytest.mark.parametrize("package", sorted(ALLOWED_LAYERS))
def test_the_tools_layers_import_downwards(package: str):
    layers = {layer(module) for module, path in TOOL.items() if path.parent != ROOT / "workload_secrets"}
    forbidden = tuple(sorted(layers - {package, *GROUND_FLOOR, *ALLOWED_LAYERS[package]}))
    found = {module: path for module, path in TOOL.items() if within(module, package)}
    assert offenders(found, *forbidden, but=SHARED_OF_SANDBOX) == []


def test_the_tests_with_mocks_use_nothing_of_the_tool():
    """They judge the program by Pulumi's own means: no runner, capture or evaluator of ours."""
    found = {str(path): path for path in (ROOT / "tests/components/mocks").glob("*.py")}
    assert len(found) >= 8
    assert offenders(found, "workload_secrets", "policies", "docs", "bench") == []
    assert offenders(found, "tests", but=("tests.components.mocks",)) == []


def test_no_test_folder_shadows_a_package():
    """A package under tests/components/kubernetes would shadow the client of that name."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []
