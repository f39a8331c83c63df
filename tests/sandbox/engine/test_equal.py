"""What `preview` sees of a program is what the real engine gets of it, for every stack there is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path as FilePath
from typing import Any

import pytest
import yaml

from tests.sandbox.engine.announced import require_announced
from tests.sandbox.engine.echo import Alone, alone
from tests.stacks.read import ROOT
from workload_secrets.access.change import change
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph, Path, Resource, Unknown
from workload_secrets.graph.requests import resource
from workload_secrets.graph.values import decode
from workload_secrets.sandbox.engine import command
from workload_secrets.sandbox.engine.binary import Engine

pytestmark = pytest.mark.engine

STACKS = sorted(
    str(file.relative_to(ROOT))
    for pattern in ("Pulumi.*.yaml", "examples/*.yaml", "tests/stacks/*.yaml")
    for file in ROOT.glob(pattern)
)
UNSAID = {"inputs", "unknowns", "outputs", "output_secrets", "provider"}
"""What is compared in another way, and what is joined to a registration later."""
READ = {
    *("type", "name", "parent", "custom", "object", "provider", "dependencies", "propertyDependencies"),
    *("protect", "retainOnDelete", "deleteBeforeReplace", "deleteBeforeReplaceDefined", "ignoreChanges"),
    *("replaceOnChanges", "additionalSecretOutputs", "deletedWith", "importId", "hooks", "aliases"),
    *("aliasURNs", "stackTrace"),
}
"""The fields of a registration that `preview` reads."""
ABOUT_THE_SDK = {
    *("acceptSecrets", "acceptResources", "supportsPartialValues", "supportsResultReporting"),
    *("aliasSpecs", "customTimeouts", "version", "sourcePosition", "packageRef", "providers"),
}
"""Fields that say what the SDK can do, which plugin it takes, or what each child says itself: its
provider."""


@pytest.fixture(scope="module")
def engine_alone(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    with alone(engine, tmp_path_factory.mktemp("alone")) as made:
        yield made


def unknown(seen: Any, got: Any, path: Path = ()) -> Iterator[Path]:
    """Where the engine doesn't know yet what `preview` has a symbol for. Fails at any other difference."""
    if isinstance(got, Unknown):
        yield path
    elif isinstance(got, dict):
        assert isinstance(seen, dict), path
        assert got.keys() == seen.keys(), path
        for name in got:
            yield from unknown(seen[name], got[name], (*path, name))
    elif isinstance(got, list):
        assert isinstance(seen, list), path
        assert len(got) == len(seen), path
        for index, item in enumerate(got):
            yield from unknown(seen[index], item, (*path, index))
    else:
        assert got == seen, path


def require_equal(seen: Resource, request: Any) -> None:
    got = resource(request, seen.urn, ROOT)
    for each in dataclasses.fields(Resource):
        if each.name not in UNSAID:
            assert getattr(got, each.name) == getattr(seen, each.name), each.name
    paths = set(unknown(seen.inputs, got.inputs))
    assert paths == got.unknowns
    assert {path[0] for path in paths} <= set(seen.options.property_dependencies)
    assert {about.name for about, _ in request.ListFields()} <= READ | ABOUT_THE_SDK


@pytest.mark.parametrize("stack", STACKS)
def test_the_engine_gets_what_the_preview_sees(engine_alone: Alone, stack: str) -> None:
    """URNs, parents, inputs before Check, options, providers, hooks, outputs."""
    with ThreadPoolExecutor() as pool:
        capturing = pool.submit(capture, ROOT, stack)
        done = command.run(engine_alone.place(ROOT, stack), "preview")
    seen, sent = capturing.result(), engine_alone.sent
    assert done.changes == {"create": len(seen.resources)}
    assert set(sent.resources) == {each.urn for each in seen.resources}
    for each in seen.resources:
        require_equal(each, sent.resources[each.urn])
    told = {urn: decode(request.outputs).value for urn, request in sent.outputs.items()}
    assert {urn for urn in told if told[urn]} == {
        each.urn for each in seen.resources if not each.custom and each.outputs
    }
    for urn, outputs in told.items():
        list(unknown(seen.get(urn).outputs, outputs))
    named = {name for each in seen.resources for names in each.options.hooks.values() for name in names}
    assert set(sent.hooks) == named


VAULT_ONLY = ROOT / "examples" / "pmp-vault.yaml"
CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {
    "a writer is removed": lambda data: data["writers"].clear(),
    "a workload is removed": lambda data: data["workloads"].clear(),
    "a workload is renamed": lambda data: data["workloads"].update(other=data["workloads"].pop("pmp")),
    "a workload moves": lambda data: data["workloads"]["pmp"].update(namespace="pmp-admin"),
}


@pytest.fixture(scope="module")
def vault_only(engine_alone: Alone) -> Graph:
    """The example, up in the state alone."""
    command.run(engine_alone.place(ROOT, str(VAULT_ONLY)), "up", "--skip-preview")
    return capture(ROOT, str(VAULT_ONLY))


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_an_example_is_what_its_preview_announces(
    engine_alone: Alone, vault_only: Graph, tmp_path: FilePath, what: str
) -> None:
    values = yaml.safe_load(VAULT_ONLY.read_text("utf-8"))["config"]
    data = {name.partition(":")[2]: value for name, value in values.items()}
    CHANGES[what](data)
    file = tmp_path / VAULT_ONLY.name
    file.write_text(yaml.safe_dump({"config": {f"workload-secrets:{k}": v for k, v in data.items()}}))
    done = command.run(engine_alone.place(ROOT, str(file)), "preview")
    require_announced(change(vault_only, capture(ROOT, str(file))), done)
