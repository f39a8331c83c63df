"""What the monitor records, and what it refuses."""

import pytest

from tests.graph.harness import run
from workload_secrets.graph import shape
from workload_secrets.graph.errors import ProgramError
from workload_secrets.graph.model import UNKNOWN

POLICY = "vault:index/policy:Policy"


def test_a_urn_holds_every_ancestor_type_but_the_stacks():
    graph = run("grandparents").graph
    box = "test:index:Box"
    assert {r.urn.removeprefix("urn:pulumi:one::traps::") for r in graph.of(box)} == {
        f"{box}::first",
        f"{box}::second",
        f"{box}${box}::inner-first",
        f"{box}${box}::inner-second",
        f"{box}${box}${box}::leaf-first",
        f"{box}${box}${box}::leaf-second",
    }


def test_a_resource_without_parent_has_no_stack_type_in_its_urn():
    graph = run("fine").graph
    assert graph.only(POLICY).urn == "urn:pulumi:one::traps::vault:index/policy:Policy::one"
    assert graph.only(POLICY).parent == "urn:pulumi:one::traps::pulumi:pulumi:Stack::traps-one"


def test_two_children_of_one_name_under_different_types_are_two_resources():
    graph = run("same_child_of_two").graph
    assert len([r for r in graph.resources if r.name == "inner"]) == 2


@pytest.mark.parametrize("mode", ["preview", "update"])
def test_a_source_is_a_file_and_line_of_the_project(mode):
    source = run("fine", mode=mode).graph.only(POLICY).source
    file, _, line = source.partition(":")
    assert file == "cases.py"
    assert int(line) > 0


def test_every_option_is_recorded():
    options = run("options").graph.get("urn:pulumi:one::traps::vault:index/policy:Policy::two").options
    first = "urn:pulumi:one::traps::vault:index/policy:Policy::one"
    assert options.protect
    assert options.retain_on_delete
    assert options.delete_before_replace
    assert options.ignore_changes == ("policy",)
    assert options.replace_on_changes == ("name",)
    assert options.additional_secret_outputs == ("policy",)
    assert options.depends_on == (first,)
    assert options.property_dependencies == {"policy": (first,)}
    assert options.deleted_with == first
    assert options.import_id == "two"
    assert options.aliases == ("name=old",)


def test_outputs_listed_as_secret_are_marked():
    resource = run("options").graph.get("urn:pulumi:one::traps::vault:index/policy:Policy::two")
    assert resource.output_secrets == {("policy",)}


def test_the_provider_of_a_resource_is_decoded():
    resource = run("fine").graph.only(POLICY)
    assert resource.provider_urn == "urn:pulumi:one::traps::pulumi:providers:vault::vault"
    assert resource.provider["skipChildToken"] is True
    assert resource.provider["maxRetries"] == 2
    assert resource.provider["address"] == "https://vault.example:8200"


def test_the_programs_exports_are_the_graphs_outputs():
    accessor = run("mount_accessor").graph.outputs["accessor"]
    assert accessor.startswith("kv_symbol")


def test_at_preview_a_computed_output_is_unknown():
    assert run("mount_accessor", mode="preview").graph.outputs["accessor"] is UNKNOWN


def test_at_preview_an_input_made_of_an_unknown_is_unknown_and_listed():
    resource = run("chain_of_three", mode="preview").graph.get(
        "urn:pulumi:one::traps::vault:index/policy:Policy::three"
    )
    assert resource.inputs["policy"] is UNKNOWN
    assert resource.unknowns == {("policy",)}


def test_a_secret_input_keeps_its_mark():
    resource = run("secret_in_document").graph.only(POLICY)
    assert resource.secrets == {("policy",)}
    assert resource.output_secrets == {("policy",)}


@pytest.mark.parametrize("mode", ["preview", "update"])
@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("duplicate", ["declared twice", "Policy::one", "cases.py:"]),
        ("default_provider", ["default provider of `vault`", "opts.provider"]),
        ("empty_aws", ["provider `bare` of `aws`", "region, allowedAccountIds"]),
        ("empty_kubernetes", ["provider `bare` of `kubernetes`", "kubeconfig"]),
        ("vault_token", ["token", "without secret mark"]),
        ("vault_login", ["authLogin", "without secret mark"]),
        ("inline_kubeconfig", ["kubeconfig", "without secret mark"]),
        ("user_password", ["password", "without secret mark"]),
        ("invoke", ["aws:index/getCallerIdentity:getCallerIdentity", "looks something up"]),
        ("bad_manifest", ["a manifest of yaml.ConfigGroup or ConfigFile:2", "Correct the YAML"]),
        ("read", ["aws:kms/key:Key `k`", "existing"]),
        ("transform", ["transforms aren't run"]),
        ("stack_transform", ["transforms aren't run"]),
        ("hook_twice", ["`same` is registered twice"]),
        ("barriers", ["BARRIER_LIMIT"]),
        ("remote", ["`far`", "remote component"]),
        ("before_hook", ["hooks before_create aren't run"]),
    ],
)
def test_a_trap_is_refused(case, words, mode):
    with pytest.raises(ProgramError) as caught:
        run(case, mode=mode)
    for word in words:
        assert word in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("mode", ["preview", "update"])
def test_objects_of_a_manifest_are_registered(mode):
    graph = run("manifests", mode=mode).check().graph
    settings = graph.only("kubernetes:core/v1:ConfigMap")
    assert settings.inputs["metadata"]["labels"] == {"since": "2026-01-01"}
    account = graph.only("kubernetes:core/v1:ServiceAccount")
    assert (account.name, account.inputs["automountServiceAccountToken"]) == ("shop/shop", False)


def test_a_long_chain_is_refused_with_its_limit(monkeypatch):
    monkeypatch.setattr(shape, "CHAIN_LIMIT", 20)
    with pytest.raises(ProgramError, match="CHAIN_LIMIT"):
        run("long_chain")


def test_a_marked_credential_is_accepted():
    graph = run("marked_token").graph
    assert graph.only("pulumi:providers:vault").secrets == {("token",)}


def test_a_type_without_symbols_is_refused_naming_the_table():
    outcome = run("unknown_type")
    assert outcome.failure is not None
    assert "TABLE" in str(outcome.failure)
    assert "vault:index/thing:Thing" in str(outcome.failure)


def test_a_known_function_is_answered():
    def answer(token, arguments):
        assert token == "aws:index/getCallerIdentity:getCallerIdentity"
        return {"accountId": "111122223333", "arn": "a", "id": "i", "userId": "u"}

    assert run("invoke", invokes=answer).graph.outputs["account"] == "111122223333"


def test_numbers_keep_their_kind():
    graph = run("numbers", lambda resource: {**resource.inputs, "id": "t"}).graph
    inputs = graph.only("vault:index/thing:Thing").inputs
    assert inputs == {"whole": 3600, "part": 0.5, "flag": True, "list": [1, "two"], "deep": {"a": 1}}
    assert type(inputs["whole"]) is int
