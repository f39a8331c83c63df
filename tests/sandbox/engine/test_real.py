"""Which real providers are found, and what the guard before them lets through. A provider written here
stands for the real ones."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from workload_secrets.errors import InputError, ServerError
from workload_secrets.graph.model import UNKNOWN
from workload_secrets.graph.values import decode, encode
from workload_secrets.sandbox.deploy.outcome import HandlerError
from workload_secrets.sandbox.engine import front, real
from workload_secrets.sandbox.engine.language import packages_installed
from workload_secrets.sandbox.engine.provider import HalfMadeError
from workload_secrets.sandbox.go import built, pinned

ROOT = Path(__file__).parents[3]
LOOPBACK = "https://127.0.0.1:8200"
OUTSIDE = "https://vault.example:8200"
SERVICES = ("eks", "iam", "kms", "secretsmanager", "sts")
PROGRAM = f"""#!{sys.executable}
import sys, types
sys.path.insert(0, {str(ROOT)!r})
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
from workload_secrets.sandbox.engine.serving import serve

class Its(provider_pb2_grpc.ResourceProviderServicer):
    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="9.8.7")

serve(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(Its(), server), 4)
"""


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def nowhere(tmp_path: Path) -> dict[str, str]:
    """An environment in which no provider is found."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}


def test_ours_need_nothing(nowhere: dict[str, str]) -> None:
    assert real.choose("ours", ["aws", "vault"], nowhere) == {}
    assert real.choose("aws=ours", ["aws", "vault"], nowhere) == {}


@pytest.mark.parametrize("system", ["aws", "vault", "kubernetes"])
def test_a_missing_provider_is_named_with_the_command_that_installs_it(
    nowhere: dict[str, str], system: str
) -> None:
    with pytest.raises(InputError) as raised:
        real.choose("real", [system], nowhere)
    version = packages_installed()[system]
    assert f"pulumi plugin install resource {system} {version}" in str(raised.value)
    assert ("make providers" in str(raised.value)) == (system == "kubernetes")


@pytest.mark.parametrize("text", ["", "all", "real,", "azure=real", "vault=theirs", "vault"])
def test_another_choice_is_refused(nowhere: dict[str, str], text: str) -> None:
    with pytest.raises(InputError, match="allowed: ours, real, or SYSTEM=real"):
        real.choose(text, ["vault"], nowhere)


def test_only_what_the_stack_uses_must_be_there(nowhere: dict[str, str], tmp_path: Path) -> None:
    path = executable(tmp_path / "bin" / "pulumi-resource-vault", PROGRAM)
    nowhere["PATH"] = f"{path.parent}:{nowhere['PATH']}"
    assert real.choose("vault=real,aws=real", ["vault"], nowhere).keys() == {"vault"}


def test_a_provider_on_path_counts_more_than_an_installed_one(
    nowhere: dict[str, str], tmp_path: Path
) -> None:
    version = packages_installed()["vault"]
    name = "pulumi-resource-vault"
    installed = executable(tmp_path / f".pulumi/plugins/resource-vault-v{version}" / name, PROGRAM)
    found = real.choose("vault=real", ["vault"], nowhere)["vault"]
    assert (found.path, found.version) == (installed, "9.8.7")
    assert str(found) == f"vault 9.8.7 (the program asks for {version}), the real one at {installed}"
    own = executable(tmp_path / "bin" / name, PROGRAM)
    nowhere["PATH"] = f"{own.parent}:{nowhere['PATH']}"
    assert real.choose("vault=real", ["vault"], nowhere)["vault"].path == own


def test_an_installed_provider_of_another_version_is_not_taken(
    nowhere: dict[str, str], tmp_path: Path
) -> None:
    executable(tmp_path / ".pulumi/plugins/resource-vault-v1.0.0/pulumi-resource-vault", PROGRAM)
    with pytest.raises(InputError, match="neither on PATH nor"):
        real.choose("vault=real", ["vault"], nowhere)


@pytest.mark.parametrize("text", ["#!/bin/sh\necho hello\n", "#!/bin/sh\nexit 1\n", "no program"])
def test_what_is_no_provider_is_refused(nowhere: dict[str, str], tmp_path: Path, text: str) -> None:
    path = executable(tmp_path / "bin" / "pulumi-resource-vault", text)
    nowhere["PATH"] = f"{path.parent}:{nowhere['PATH']}"
    with pytest.raises(InputError, match="doesn't answer as a provider of Pulumi's"):
        real.choose("real", ["vault"], nowhere)


def test_a_program_that_says_no_port_is_ended(tmp_path: Path) -> None:
    path = executable(tmp_path / "it", f'#!/bin/sh\necho $$ > "{tmp_path}/pid"\necho hello\nexec sleep 600\n')
    with (
        pytest.raises(ServerError, match="is no provider"),
        front.running(str(path), "127.0.0.1:9", os.environ),
    ):
        pass
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def kubeconfig(**cluster: str) -> dict[str, Any]:
    authority = base64.b64encode((ROOT / "certs" / "dev-cluster.pem").read_bytes()).decode()
    cluster = {"server": LOOPBACK, "certificate-authority-data": authority, **cluster}
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "cat", "args": []}}
    return {
        "apiVersion": "v1",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }


def aws(**changed: Any) -> dict[str, Any]:
    services = dict.fromkeys(SERVICES, LOOPBACK) | changed
    given = {name: url for name, url in services.items() if url}
    return {"region": "eu-central-1", "endpoints": [given]}


GOOD: Mapping[str, tuple[str, dict[str, Any]]] = {
    "vault": ("vault", {"address": LOOPBACK, "skipChildToken": True}),
    "aws": ("aws", aws()),
    "kubernetes": ("kubernetes", {"kubeconfig": kubeconfig(), "enableServerSideApply": True}),
}
BAD: Mapping[str, tuple[str, dict[str, Any]]] = {
    "an address outside": ("vault", {"address": OUTSIDE, "skipChildToken": True}),
    "a name that may lead anywhere": ("vault", {"address": "https://localhost:8200", "skipChildToken": True}),
    "no address": ("vault", {"skipChildToken": True}),
    "a login elsewhere": ("vault", {**GOOD["vault"][1], "authLogin": {"parameters": {"url": OUTSIDE}}}),
    "a service outside": ("aws", aws(kms="https://kms.example")),
    "a service without an address": ("aws", aws(sts="")),
    "a service more, outside": ("aws", aws(s3="https://s3.example")),
    "a service more": ("aws", aws(s3=LOOPBACK)),
    "a proxy": ("aws", {**aws(), "httpsProxy": "http://proxy.example:3128"}),
    "no endpoints": ("aws", {"region": "eu-central-1"}),
    "a cluster outside": ("kubernetes", {"kubeconfig": kubeconfig(server="https://api.example")}),
    "a cluster's proxy": ("kubernetes", {"kubeconfig": kubeconfig(**{"proxy-url": "http://proxy.example"})}),
    "the file of a kubeconfig": ("kubernetes", {"kubeconfig": "/home/somebody/.kube/config"}),
    "no kubeconfig": ("kubernetes", {"enableServerSideApply": True}),
}


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "no-token-at-all")


@pytest.mark.parametrize("case", GOOD)
def test_settings_of_the_sandbox_pass(case: str) -> None:
    system, settings = GOOD[case]
    front.check(system, encode(settings))


@pytest.mark.parametrize("case", BAD)
def test_settings_that_may_lead_outside_are_refused(case: str) -> None:
    system, settings = BAD[case]
    with pytest.raises(HandlerError):
        front.check(system, encode(settings))


def test_a_preview_may_leave_an_address_open_and_name_none_outside() -> None:
    front.check("vault", encode({"address": UNKNOWN, "skipChildToken": True}))
    with pytest.raises(HandlerError, match="only loopback"):
        front.check("vault", encode({"address": OUTSIDE, "caCertFile": UNKNOWN}))


class Original(provider_pb2_grpc.ResourceProviderServicer):
    """Stands for a real provider; keeps what settings reached it."""

    def __init__(self) -> None:
        self.configured: list[dict[str, Any]] = []

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version="9.8.7")

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.configured.append(decode(request.news).value)
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.configured.append(decode(request.news).value)
        return provider_pb2.DiffResponse()

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.configured.append(decode(request.args).value)
        return provider_pb2.ConfigureResponse()

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        half = HalfMadeError("not ready", provider_pb2.ErrorResourceInitFailed(id="half"))
        context.set_trailing_metadata((("grpc-status-details-bin", half.details()),))
        context.abort(grpc.StatusCode.UNKNOWN, "not ready")


@pytest.fixture
def guarded() -> Iterator[tuple[Original, Any]]:
    """A provider, and a stub that reaches it through the guard."""
    original = Original()
    behind, before = grpc.server(ThreadPoolExecutor(4)), grpc.server(ThreadPoolExecutor(4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(original, behind)
    behind_port = behind.add_insecure_port("127.0.0.1:0")
    behind.start()
    guard = front.Front("vault", grpc.insecure_channel(f"127.0.0.1:{behind_port}"))
    before.add_generic_rpc_handlers((guard,))
    port = before.add_insecure_port("127.0.0.1:0")
    before.start()
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    yield original, provider_pb2_grpc.ResourceProviderStub(channel)
    channel.close()
    for server in (before, behind):
        server.stop(None).wait()


def test_calls_pass_as_they_are(guarded: tuple[Original, Any]) -> None:
    original, stub = guarded
    assert stub.GetPluginInfo(empty_pb2.Empty()).version == "9.8.7"
    settings = GOOD["vault"][1]
    stub.Configure(provider_pb2.ConfigureRequest(args=encode(settings)))
    assert original.configured == [settings]


@pytest.mark.parametrize(
    ("call", "request_"),
    [
        ("CheckConfig", provider_pb2.CheckRequest(news=encode({"address": OUTSIDE}))),
        ("DiffConfig", provider_pb2.DiffRequest(news=encode({"address": OUTSIDE}))),
        ("Configure", provider_pb2.ConfigureRequest(args=encode({"address": OUTSIDE}))),
    ],
)
def test_settings_that_lead_outside_never_reach_the_provider(
    guarded: tuple[Original, Any], call: str, request_: Any
) -> None:
    original, stub = guarded
    with pytest.raises(grpc.RpcError) as raised:
        getattr(stub, call)(request_)
    said: Any = raised.value
    assert "only loopback" in said.details()
    assert original.configured == []


def test_the_details_of_an_error_come_back(guarded: tuple[Original, Any]) -> None:
    """The engine keeps a half-made object by them; without them the next up would make it again."""
    _, stub = guarded
    with pytest.raises(grpc.RpcError) as raised:
        stub.Create(provider_pb2.CreateRequest())
    said: Any = raised.value
    assert (said.code(), said.details()) == (grpc.StatusCode.UNKNOWN, "not ready")
    assert b"ErrorResourceInitFailed" in dict(said.trailing_metadata())["grpc-status-details-bin"]


def test_what_a_provider_finds_in_its_environment_leads_to_the_sandbox_or_nowhere(tmp_path: Path) -> None:
    given = {
        "https_proxy": "http://proxy.example",
        "NO_PROXY": "*",
        "KUBECONFIG": "/home/somebody/.kube/config",
        "AWS_ENDPOINT_URL": "https://aws.example",
        "VAULT_TOKEN": "kept",
    }
    leads = front.Surroundings(proxy="http://127.0.0.1:1", ca_file=tmp_path, aws_url=LOOPBACK)
    made = front.environment(given, leads)
    assert "proxy.example" not in str(made)
    assert "NO_PROXY" not in made
    assert (made["HTTPS_PROXY"], made["KUBECONFIG"]) == ("http://127.0.0.1:1", os.devnull)
    assert (made["AWS_ENDPOINT_URL"], made["VAULT_TOKEN"]) == (LOOPBACK, "kept")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_proxy_lets_nothing_out_and_says_so(scheme: str) -> None:
    """`.invalid` is a name that nobody has, so even a proxy that let it pass would reach nothing."""
    through = urllib.request.ProxyHandler(dict.fromkeys(("http", "https"), front.refusing_proxy()))
    with pytest.raises(OSError, match="the sandbox lets nothing out"):
        urllib.request.build_opener(through).open(f"{scheme}://outside.invalid/", timeout=10)


def test_the_build_takes_the_schema_from_the_pinned_module(tmp_path: Path) -> None:
    """Scripts stand in for Go."""
    module = tmp_path / "module"
    go = f"""#!/bin/sh
if [ "$1" = env ]; then echo go1.27.0; exit 0; fi
if [ "$1" = mod ]; then echo "{{\\"Dir\\": \\"{module}\\"}}"; exit 0; fi
printf '%s\\n' "$@" > "{tmp_path}/arguments"
while [ "$1" != -overlay ]; do [ "$1" = -o ] && out="$2"; shift; done
cp "$2" "{tmp_path}/overlay"; echo built > "$out"; chmod +x "$out"
"""
    executable(tmp_path / "bin" / "go", go)
    variables = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    program = real.kubernetes_program()
    path = built(program, lambda _: None, variables)
    assert path == real.located("kubernetes", "0.0.0", {**variables, "HOME": str(tmp_path)})
    arguments = (tmp_path / "arguments").read_text()
    assert f"-X {real.MODULE}/pkg/version.Version={pinned(real.SOURCES, real.MODULE)}" in arguments
    placed = (tmp_path / "overlay").read_text()
    for name in ("schema.json", "terraform-mapping.json"):
        assert f'"{real.SOURCES / name}": "{module}/cmd/pulumi-resource-kubernetes/{name}"' in placed
        assert f"//go:embed {name}\n" in (real.SOURCES / "main.go").read_text("utf-8")


def test_make_providers_builds_outside_of_make_up() -> None:
    said = subprocess.run(
        ["make", "--dry-run", "up", "test"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "cli.providers" not in said
    own = subprocess.run(
        ["make", "--dry-run", "providers"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "-m workload_secrets.cli.providers" in own
