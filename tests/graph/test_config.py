"""Reading a stack's configuration."""

import json
from pathlib import Path

import pytest

from tests.graph.harness import SMALL
from workload_secrets.errors import InputError
from workload_secrets.graph.config import load

PROJECT = (
    "name: demo\nruntime: python\nconfig:\n  shared: {default: {a: 1, b: {c: 2}}}\n  plain: yes please\n"
)


def project(folder: Path, stack: str, about: str = PROJECT) -> Path:
    (folder / "Pulumi.yaml").write_text(about)
    (folder / "Pulumi.dev.yaml").write_text(stack)
    return folder


def test_defaults_of_the_project_reach_the_stack(tmp_path):
    config = load(project(tmp_path, "config: {}"), "dev").config
    assert json.loads(config["demo:shared"]) == {"a": 1, "b": {"c": 2}}
    assert config["demo:plain"] == "yes please"


def test_a_stacks_own_key_replaces_the_whole_object(tmp_path):
    config = load(project(tmp_path, "config: {'demo:shared': {x: true}}"), "dev").config
    assert config["demo:shared"] == '{"x":true}'


def test_an_override_replaces_the_whole_key(tmp_path):
    file = load(project(tmp_path, "config: {shared: {x: 1}}"), "dev", {"demo:shared": {"y": 2}})
    assert file.config["demo:shared"] == '{"y":2}'


def test_values_are_passed_as_the_engine_does(tmp_path):
    config = load(
        project(tmp_path, "config: {s: text, n: 3, b: true, 'aws:region': r, d: '2026-01-02', o: }"), "dev"
    ).config
    assert config["demo:s"] == "text"
    assert config["demo:n"] == "3"
    assert config["demo:b"] == "true"
    assert config["aws:region"] == "r"
    assert config["demo:d"] == "2026-01-02"
    assert config["demo:o"] == ""


def test_a_stack_may_be_the_path_of_a_file(tmp_path):
    other = tmp_path / "elsewhere.yaml"
    other.write_text("config: {account: '1'}")
    assert load(SMALL, str(other)).stack == "elsewhere"
    assert load(SMALL, str(SMALL / "Pulumi.dev.yaml")).stack == "dev"


@pytest.mark.parametrize(
    ("stack", "words"),
    [
        ("config: {k: {secure: AAAB}}", ["demo:k", "secure", "out of band"]),
        ("config: {k: [{deep: {secure: AAAB}}]}", ["demo:k[0].deep", "secure"]),
        ("config: {k: 1, 'demo:k': 2}", ["config.demo:k", "stands twice"]),
        ("config:\n  k: 1\n  k: 2\n", [":3: key `k` stands twice"]),
        ("config:\n  k:\n    a: 1\n    a: 2\n", [":4: key `a` stands twice"]),
        ("config: {a: &x [1], b: *x}", ["alias"]),
        ("config: {<<: {a: 1}}", ["`<<` is not supported"]),
        ("config: {1: a}", ["key `1` is not text"]),
        ("config: {on: a}", ["key `on` is not text"]),
        ("confg: {}", ["confg: unknown key", "allowed: config"]),
        ("config: [1]", ["config: a list"]),
        ("- 1", ["holds a list, not a mapping"]),
        ("config: {a: [}", ["Correct the YAML"]),
        ("config: {a: !!python/object:os.system x}", ["Correct the YAML"]),
        ("config: {a: .nan}", ["config.a", "without quotes", "put it in quotes"]),
        ("a: " + "[" * 100 + "]" * 100, ["nested deeper than 64"]),
        ("a: " + "[" * 5000, ["Pulumi.dev.yaml"]),
    ],
)
def test_a_bad_stack_file_is_refused_with_file_key_and_remedy(tmp_path, stack, words):
    with pytest.raises(InputError) as caught:
        load(project(tmp_path, stack), "dev")
    for word in [*words, "Pulumi.dev.yaml"]:
        assert word in str(caught.value)
    assert "AAAB" not in str(caught.value)


def test_an_alias_bomb_is_refused_at_once(tmp_path):
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    with pytest.raises(InputError, match="alias"):
        load(project(tmp_path, "\n".join(lines)), "dev")


def test_a_huge_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="larger than"):
        load(project(tmp_path, "# " + "x" * (5 * 1024 * 1024)), "dev")


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ("name: demo\nconfig: {k: {type: string}}", ["demo:k: missing and without default"]),
        ("name: demo\nconfig: {k: {secret: true, default: x}}", ["config.k: secret"]),
        ("name: demo\nconfig: {k: {defualt: x}}", ["config.k.defualt: unknown key"]),
        ("name: demo\nconfig: {k: {type: integer, default: x}}", ["declared type integer"]),
        ("runtime: python", ["name: must be"]),
        ("name: 'a b'", ["name: must be"]),
    ],
)
def test_a_bad_project_file_is_refused(tmp_path, about, words):
    with pytest.raises(InputError) as caught:
        load(project(tmp_path, "config: {}", about), "dev")
    for word in words:
        assert word in str(caught.value)


def test_a_stack_that_is_not_there_names_those_that_are(tmp_path):
    with pytest.raises(InputError, match=r"Stacks here: dev\."):
        load(project(tmp_path, "config: {}"), "nope")


def test_a_stacks_name_can_not_leave_the_folder(tmp_path):
    with pytest.raises(InputError, match="allowed are letters"):
        load(project(tmp_path, "config: {}"), "a b")


def test_the_keys_of_objects_come_sorted_as_from_the_engine(tmp_path):
    config = load(project(tmp_path, "config: {k: {b: 1, a: {d: 2, c: [{f: 1, e: 2}]}}}"), "dev").config
    assert config["demo:k"] == '{"a":{"c":[{"e":2,"f":1}],"d":2},"b":1}'
