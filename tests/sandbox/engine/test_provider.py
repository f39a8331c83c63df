"""The provider plugins' side of the protocol, without an engine and without servers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2, status_pb2

from workload_secrets.graph.changes import REPLACED, changed
from workload_secrets.graph.model import UNKNOWN
from workload_secrets.graph.values import decode, encode
from workload_secrets.sandbox.deploy import occupied, registry
from workload_secrets.sandbox.deploy.call import Ask, Site
from workload_secrets.sandbox.deploy.importing import IMPORTED
from workload_secrets.sandbox.deploy.outcome import HandlerError
from workload_secrets.sandbox.engine.provider import Plugin

POLICY = "vault:index/policy:Policy"
MOUNT = "vault:index/mount:Mount"
ROLE = "vault:kubernetes/authBackendRole:AuthBackendRole"
GIVEN = {"name": "p", "policy": "# ours\n", "allowOverwrite": False}
SECRET = "hunter2-not-to-be-shown"


class AbortedError(Exception):
    """What `context.abort` raises."""


class Context:
    def __init__(self) -> None:
        self.metadata: dict[str, bytes] = {}

    def set_trailing_metadata(self, metadata: tuple[tuple[str, bytes], ...]) -> None:
        self.metadata.update(metadata)

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise AbortedError(f"{code.name}: {details}")


class Vault:
    """Keeps policies and mounts, as far as these tests need them."""

    namespace = ""

    def __init__(self) -> None:
        self.policies: dict[str, str] = {}
        self.sent: list[tuple[str, str]] = []
        self.adds = ""

    def read(self, path: str, **_: Any) -> Mapping[str, Any] | None:
        found = self.policies.get(path)
        return None if found is None else {"policy": found}

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None, **_: Any) -> None:
        self.sent.append((method, path))
        if body is not None and SECRET in str(body):
            raise RuntimeError(f"the server quotes {body}")
        if method == "DELETE":
            del self.policies[path]
        else:
            assert body is not None
            self.policies[path] = body["policy"] + self.adds


@pytest.fixture
def vault() -> Vault:
    return Vault()


@pytest.fixture
def plugin(vault: Vault, tmp_path: Path) -> Plugin:
    made = Plugin("vault", "7.0.0", site=Site(), ask=Ask(lambda _: None), notes_file=tmp_path / "notes.json")
    made._client = vault
    return made


def urn(type_: str, name: str = "it") -> str:
    return f"urn:pulumi:dev::unit::workload-secrets:platform:Platform${type_}::{name}"


def request(kind: Callable[..., Any], type_: str = POLICY, **fields: Any) -> Any:
    made = {name: encode(value) if isinstance(value, dict) else value for name, value in fields.items()}
    return kind(urn=urn(type_), **made)


def failures(plugin: Plugin, inputs: Mapping[str, Any], type_: str = POLICY) -> list[str]:
    answer = plugin.Check(request(provider_pb2.CheckRequest, type_, news=dict(inputs)), Context())
    assert decode(answer.inputs).value == inputs
    return [failure.reason for failure in answer.failures]


def diff(plugin: Plugin, old: dict[str, Any], new: dict[str, Any], type_: str = POLICY) -> Any:
    return plugin.Diff(request(provider_pb2.DiffRequest, type_, old_inputs=old, news=new), Context())


def create(plugin: Plugin, inputs: dict[str, Any], **more: Any) -> Any:
    return plugin.Create(request(provider_pb2.CreateRequest, properties=inputs, **more), Context())


def test_check_takes_what_is_sound_and_asks_no_server(plugin: Plugin, vault: Vault) -> None:
    assert failures(plugin, GIVEN) == []
    assert vault.sent == []


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({**GIVEN, "templated": True}, "no handler for input templated"),
        ({"name": "p", "allowOverwrite": False}, "input policy must be a text"),
        ({**GIVEN, "allowOverwrite": True}, "set allowOverwrite to false"),
        ({**GIVEN, "name": UNKNOWN, "templated": True}, "no handler for input templated"),
    ],
)
def test_check_names_what_no_handler_uses_and_what_is_missing(
    plugin: Plugin, inputs: dict[str, Any], said: str
) -> None:
    assert said in " ".join(failures(plugin, inputs))


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (POLICY, {**GIVEN, "policy": UNKNOWN}),
        (POLICY, {**GIVEN, "name": UNKNOWN}),
        (MOUNT, {"path": "a", "type": UNKNOWN, "options": UNKNOWN}),
        (
            ROLE,
            {
                "backend": UNKNOWN,
                "roleName": "r",
                "boundServiceAccountNames": [UNKNOWN],
                "boundServiceAccountNamespaces": UNKNOWN,
                "tokenTtl": UNKNOWN,
            },
        ),
    ],
)
def test_check_lets_pass_what_a_preview_does_not_know(
    plugin: Plugin, type_: str, inputs: dict[str, Any]
) -> None:
    assert failures(plugin, inputs, type_) == []


def test_an_unknown_type_is_a_failure(plugin: Plugin) -> None:
    assert "no handler for type vault:x:Y" in " ".join(failures(plugin, {"a": 1}, "vault:x:Y"))


def test_a_preview_makes_nothing(plugin: Plugin, vault: Vault) -> None:
    answer = create(plugin, {**GIVEN, "policy": UNKNOWN}, preview=True)
    assert (answer.id, decode(answer.properties).value["policy"]) == ("", UNKNOWN)
    update = request(provider_pb2.UpdateRequest, olds={**GIVEN, "id": "p"}, news=GIVEN, preview=True)
    plugin.Update(update, Context())
    assert vault.sent == []


def test_a_resource_is_made_read_changed_and_deleted(plugin: Plugin, vault: Vault) -> None:
    made = create(plugin, GIVEN)
    assert (made.id, decode(made.properties).value) == ("p", GIVEN)
    vault.policies["sys/policies/acl/p"] = "# changed by hand\n"
    read = request(provider_pb2.ReadRequest, id="p", inputs=GIVEN, properties=GIVEN)
    found = plugin.Read(read, Context())
    assert decode(found.inputs).value == {**GIVEN, "policy": "# changed by hand\n"}
    update = request(provider_pb2.UpdateRequest, id="p", olds=GIVEN, old_inputs=GIVEN, news=GIVEN)
    assert decode(plugin.Update(update, Context()).properties).value == GIVEN
    delete = request(provider_pb2.DeleteRequest, id="p", properties=GIVEN, old_inputs=GIVEN)
    plugin.Delete(delete, Context())
    assert vault.policies == {}
    assert plugin.Read(read, Context()).id == ""
    plugin.Delete(delete, Context())
    with pytest.raises(AbortedError, match="NOT_FOUND: policy p is in the state but not on the server"):
        plugin.Update(update, Context())


def test_what_exists_is_refused_with_the_id_that_imports_it(plugin: Plugin, vault: Vault) -> None:
    vault.policies["sys/policies/acl/p"] = "# ours\n"
    with pytest.raises(AbortedError, match=rf"policy p exists already.*import it as {POLICY} it with id p"):
        create(plugin, GIVEN)
    assert vault.sent == []


def test_what_is_half_made_is_told_with_its_id(plugin: Plugin, vault: Vault) -> None:
    vault.adds = "# the server's own"
    context = Context()
    with pytest.raises(AbortedError, match="UNKNOWN: policy p read back differs"):
        plugin.Create(request(provider_pb2.CreateRequest, properties=GIVEN), context)
    status = status_pb2.Status.FromString(context.metadata["grpc-status-details-bin"])
    failed = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(failed)
    assert (failed.id, decode(failed.inputs).value) == ("p", GIVEN)
    assert decode(failed.properties).value["policy"] == "# ours\n# the server's own"


def test_what_another_made_is_not_taken_for_half_made(plugin: Plugin, vault: Vault) -> None:
    vault.policies["sys/policies/acl/p"] = "# ours\n"
    context = Context()
    with pytest.raises(AbortedError, match="exists already"):
        plugin.Create(request(provider_pb2.CreateRequest, properties=GIVEN), context)
    assert context.metadata == {}


def test_an_unexpected_error_shows_no_value(plugin: Plugin) -> None:
    with pytest.raises(AbortedError, match=r"INTERNAL: RuntimeError at test_provider\.py:\d+") as raised:
        create(plugin, {**GIVEN, "policy": SECRET})
    assert SECRET not in str(raised.value)


def test_an_unchanged_resource_has_no_diff(plugin: Plugin) -> None:
    answer = diff(plugin, GIVEN, {**GIVEN, "namespace": None})
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_name_replaces_and_the_old_goes_first(plugin: Plugin) -> None:
    answer = diff(plugin, GIVEN, {**GIVEN, "name": "q", "policy": UNKNOWN})
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["name"], True)
    assert sorted(answer.diffs) == ["name", "policy"]
    kinds = {name: about.kind for name, about in answer.detailedDiff.items()}
    kind = provider_pb2.PropertyDiff
    assert kinds == {"name": kind.UPDATE_REPLACE, "policy": kind.UPDATE}


def test_fields_of_kubernetes_objects_are_told_apart() -> None:
    old = {"metadata": {"name": "a", "labels": {"x": "1"}}, "spec": {"replicas": 1, "selector": {}}}
    new = {"metadata": {"name": "b", "labels": {"x": "2"}}, "spec": {"replicas": 2, "selector": {"y": "z"}}}
    names = ["metadata.labels", "metadata.name", "spec.replicas", "spec.selector"]
    assert changed("kubernetes:apps/v1:Deployment", old, new) == (names, ["metadata.name", "spec.selector"])
    binding = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
    assert changed(binding, {"roleRef": {"name": "a"}}, {"roleRef": {"name": "b"}})[1] == ["roleRef"]


def test_settings_that_leave_this_machine_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_TOKEN", SECRET)
    plugin = Plugin("vault", "7", site=Site(), ask=Ask(lambda _: None), notes_file=tmp_path / "n")
    settings: dict[str, Any] = {"address": "https://vault.example:8200", "skipChildToken": "true"}
    check = provider_pb2.CheckRequest(urn=urn("pulumi:providers:vault", "vault"), news=encode(settings))
    answer = plugin.CheckConfig(check, Context())
    assert "only loopback IP addresses" in answer.failures[0].reason
    with pytest.raises(AbortedError, match="only loopback IP addresses") as raised:
        plugin.Configure(provider_pb2.ConfigureRequest(args=encode(settings)), Context())
    assert SECRET not in str(raised.value)
    unknown = encode({**settings, "address": UNKNOWN})
    assert not plugin.CheckConfig(provider_pb2.CheckRequest(urn=check.urn, news=unknown), Context()).failures


def test_a_provider_that_no_server_stands_for_is_refused(tmp_path: Path) -> None:
    """Its SDK may be installed for another program."""
    plugin = Plugin("random", "4", site=Site(), ask=Ask(lambda _: None), notes_file=tmp_path / "n")
    with pytest.raises(AbortedError, match="no server for resources of provider random"):
        plugin.Configure(provider_pb2.ConfigureRequest(args=encode({})), Context())


def test_calls_at_the_same_time_write_their_notes_one_after_another(plugin: Plugin) -> None:
    """Two that wrote one file at once failed the resource."""

    def note(number: int) -> None:
        plugin._notes.declared_only(f"thing {number}")
        plugin.GetPluginInfo(Empty(), Context())

    with ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(note, number) for number in range(300)]:
            done.result()
    assert len(json.loads(plugin._notes_file.read_text())["declaredOnly"]) == 300


def test_a_look_up_is_refused(plugin: Plugin) -> None:
    with pytest.raises(AbortedError, match="no handler for look-up vault:kv/getSecretV2"):
        plugin.Invoke(provider_pb2.InvokeRequest(tok="vault:kv/getSecretV2:getSecretV2"), Context())


def read_by_id(plugin: Plugin, id_: str, type_: str = POLICY) -> Any:
    return plugin.Read(request(provider_pb2.ReadRequest, type_, id=id_), Context())


def test_an_import_reads_what_the_server_has_and_writes_nothing(plugin: Plugin, vault: Vault) -> None:
    vault.policies["sys/policies/acl/p"] = "# theirs\n"
    found = read_by_id(plugin, "p")
    assert (found.id, decode(found.properties).value["policy"]) == ("p", "# theirs\n")
    inputs = decode(found.inputs).value
    assert inputs == {"name": "p", "policy": "# theirs\n", "allowOverwrite": False, IMPORTED: True}
    assert failures(plugin, inputs) == []
    assert vault.sent == []


def test_an_import_of_what_is_not_there_or_has_no_import_says_so(plugin: Plugin) -> None:
    assert read_by_id(plugin, "nobody").id == ""
    with pytest.raises(AbortedError, match=f"p is no id of {ROLE}: it has the form auth/BACKEND/role"):
        read_by_id(plugin, "p", ROLE)
    with pytest.raises(AbortedError, match="the real provider has no import for it"):
        read_by_id(plugin, "x", "vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert")


def test_after_an_import_the_handler_decides_whether_the_program_wants_what_is_there(
    plugin: Plugin, vault: Vault
) -> None:
    vault.policies["sys/policies/acl/p"] = "# ours\n"
    imported = decode(read_by_id(plugin, "p").inputs).value
    kind = provider_pb2.DiffResponse
    assert diff(plugin, imported, {**GIVEN, "namespace": ""}).changes == kind.DIFF_NONE
    other = diff(plugin, imported, {**GIVEN, "policy": "# other\n"})
    assert (other.changes, list(other.diffs)) == (kind.DIFF_SOME, ["policy"])
    left_out = diff(plugin, {**imported, "namespace": "a"}, {**GIVEN, "policy": "# other\n"})
    assert (list(left_out.diffs), list(left_out.replaces)) == (["policy"], [])
    unknown = diff(plugin, {**imported, "namespace": "a"}, {**GIVEN, "policy": UNKNOWN})
    assert (list(unknown.diffs), list(unknown.replaces)) == (["policy"], [])
    vault.policies.clear()
    assert diff(plugin, imported, {**GIVEN, "policy": "# new\n"}).changes == kind.DIFF_SOME
    assert vault.sent == []


def test_an_imported_resource_can_be_refreshed_and_deleted_before_it_is_compared(
    plugin: Plugin, vault: Vault
) -> None:
    vault.policies["sys/policies/acl/p"] = "# ours\n"
    imported = decode(read_by_id(plugin, "p").inputs).value
    vault.policies["sys/policies/acl/p"] = "# by hand\n"
    again = request(provider_pb2.ReadRequest, id="p", inputs=imported, properties=GIVEN)
    found = decode(plugin.Read(again, Context()).inputs).value
    assert found == {**imported, "policy": "# by hand\n"}
    assert diff(plugin, found, imported).diffs == ["policy"]
    assert diff(plugin, found, found).changes == provider_pb2.DiffResponse.DIFF_NONE
    plugin.Delete(request(provider_pb2.DeleteRequest, id="p", properties=GIVEN, old_inputs=found), Context())
    assert vault.policies == {}


def test_only_another_cluster_replaces_what_a_provider_made(plugin: Plugin) -> None:
    old = {"kubeconfig": "a", "clusterIdentifier": "dev"}
    ask = {"old_inputs": old, "news": {**old, "kubeconfig": "b"}}
    assert not plugin.DiffConfig(request(provider_pb2.DiffRequest, "x", **ask), Context()).replaces
    ask = {"old_inputs": old, "news": {**old, "clusterIdentifier": "other"}}
    answer = plugin.DiffConfig(request(provider_pb2.DiffRequest, "x", **ask), Context())
    assert list(answer.replaces) == ["clusterIdentifier"]


def test_every_type_says_what_replaces_it_and_what_a_create_does_where_it_exists() -> None:
    assert REPLACED.keys() == registry.HANDLERS.keys()
    both = occupied.REFUSED.keys() & occupied.OVERWRITTEN.keys()
    assert not both
    said = occupied.REFUSED.keys() | occupied.OVERWRITTEN.keys()
    # A key gets a new id each time; the others are kept by the state alone.
    unsaid = {
        "aws:kms/key:Key",
        "vault:index/audit:Audit",
        "vault:pkiSecret/secretBackendIntermediateCertRequest:SecretBackendIntermediateCertRequest",
        "vault:pkiSecret/secretBackendIntermediateSetSigned:SecretBackendIntermediateSetSigned",
        "vault:pkiSecret/secretBackendRootSignIntermediate:SecretBackendRootSignIntermediate",
    }
    assert said == registry.HANDLERS.keys() - unsaid
    for type_ in occupied.OVERWRITTEN:
        occupied.refuse(type_, "it")
    for type_ in occupied.REFUSED:
        with pytest.raises(HandlerError, match="exists already"):
            occupied.refuse(type_, "it")
