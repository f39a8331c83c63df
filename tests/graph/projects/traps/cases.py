"""One function a trap. Each is a whole program."""

import json
import time
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pulumi_vault as vault


class ConfigError(ValueError):
    pass


class Box(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Box", name, None, opts)


def server() -> vault.Provider:
    return vault.Provider("vault", address="https://vault.example:8200", skip_child_token=True)


def cloud() -> aws.Provider:
    return aws.Provider("aws", region="eu-central-1", allowed_account_ids=["111122223333"])


def policy(
    name: str,
    provider: pulumi.ProviderResource | None = None,
    text: pulumi.Input[str] = "x",
    depends_on: Sequence[pulumi.Resource] = (),
    hooks: pulumi.ResourceHookBinding | None = None,
) -> vault.Policy:
    opts = pulumi.ResourceOptions(provider=provider, depends_on=list(depends_on), hooks=hooks)
    return vault.Policy(name, name=name, policy=text, opts=opts)


def fine() -> None:
    policy("one", server())


def grandparents() -> None:
    first, second = Box("first"), Box("second")
    for parent in (first, second):
        inner = Box(f"inner-{parent._name}", pulumi.ResourceOptions(parent=parent))
        Box(f"leaf-{parent._name}", pulumi.ResourceOptions(parent=inner))


def same_child_of_two() -> None:
    other = "test:index:Other"
    first = pulumi.ComponentResource(other, "first")
    second = Box("second")
    Box("inner", pulumi.ResourceOptions(parent=first))
    Box("inner", pulumi.ResourceOptions(parent=second))


def duplicate() -> None:
    provider = server()
    policy("one", provider)
    policy("one", provider)


def default_provider() -> None:
    policy("one")


def empty_aws() -> None:
    aws.iam.Role("r", assume_role_policy="{}", opts=pulumi.ResourceOptions(provider=aws.Provider("bare")))


def empty_kubernetes() -> None:
    kubernetes.Provider("bare")


def vault_token() -> None:
    vault.Provider("vault", address="https://v.example", token="hvs.canary")


def marked_token() -> None:
    token = pulumi.Output.secret("hvs.canary")
    policy("one", vault.Provider("vault", address="https://v.example", token=token))


def vault_login() -> None:
    login: Any = {"path": "auth/userpass/login/u", "parameters": {"password": "canary"}}
    vault.Provider("vault", address="https://v.example", auth_login=login)


def inline_kubeconfig() -> None:
    users = [{"name": "u", "user": {"client-key-data": "canary"}}]
    kubernetes.Provider("k", kubeconfig=json.dumps({"users": users}))


def user_password() -> None:
    body = {"password": "canary"}
    opts = pulumi.ResourceOptions(provider=server())
    pulumi.CustomResource("vault:index/thing:Thing", "t", body, opts)


def unknown_type() -> None:
    pulumi.CustomResource("vault:index/thing:Thing", "t", {}, pulumi.ResourceOptions(provider=server()))


def invoke() -> None:
    account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(provider=cloud()))
    pulumi.export("account", account.account_id)


MANIFESTS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop, labels: {since: 2026-01-01}}
data: {level: "1"}
---
---
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: ServiceAccount
    metadata: {name: shop, namespace: shop}
    automountServiceAccountToken: false
"""


def manifests() -> None:
    _group(MANIFESTS)


def bad_manifest() -> None:
    _group("kind: [canary")


def _group(text: str) -> None:
    provider = kubernetes.Provider("k", kubeconfig="~/.kube/config")
    kubernetes.yaml.ConfigGroup("group", yaml=[text], opts=pulumi.ResourceOptions(provider=provider))


def read() -> None:
    aws.kms.Key.get("k", "key-id", opts=pulumi.ResourceOptions(provider=cloud()))


def transform() -> None:
    opts = pulumi.ResourceOptions(provider=server(), transforms=[lambda args: None])
    vault.Policy("one", policy="x", opts=opts)


def stack_transform() -> None:
    pulumi.runtime.register_resource_transform(lambda args: None)
    fine()


def nobody(_: pulumi.ResourceHookArgs) -> None:
    return None


def hook_twice() -> None:
    provider = server()
    for name in ("one", "two"):
        hook = pulumi.ResourceHook("same", nobody)
        policy(name, provider, hooks=pulumi.ResourceHookBinding(after_create=[hook]))


SEEN: list[tuple[str, str]] = []


def hooked() -> None:
    def seen(args: pulumi.ResourceHookArgs) -> None:
        SEEN.append((args.name, str((args.new_outputs or {})["name"])))

    hook = pulumi.ResourceHook("seen", seen)
    policy("one", server(), hooks=pulumi.ResourceHookBinding(after_create=[hook]))


def failing_hook() -> None:
    def fail(_: pulumi.ResourceHookArgs) -> None:
        raise RuntimeError("the template could not be written")

    provider = server()
    hook = pulumi.ResourceHook("template", fail)
    first = policy("one", provider, hooks=pulumi.ResourceHookBinding(after_create=[hook]))
    policy("two", provider, depends_on=[first])


def slow_hook_and_crash() -> None:
    def slow(_: pulumi.ResourceHookArgs) -> None:
        time.sleep(0.2)

    hook = pulumi.ResourceHook("slow", slow)
    policy("one", server(), hooks=pulumi.ResourceHookBinding(after_create=[hook]))
    raise RuntimeError("canary")


def chain_of_three() -> None:
    provider = server()
    first = policy("one", provider)
    second = policy("two", provider, text=first.id)
    policy("three", provider, text=second.id.apply(lambda value: value + "!"))


def mount_accessor() -> None:
    mount = vault.Mount("m", path="pmp", type="kv", opts=pulumi.ResourceOptions(provider=server()))
    pulumi.export("accessor", mount.accessor)


def secret_in_document() -> None:
    provider = server()
    policy("one", provider, text=pulumi.Output.secret("canary"))


def config_error() -> None:
    raise ConfigError("Pulumi.one.yaml: workloads.x: got 3; allowed: text; remedy: put it in quotes")


def crash() -> None:
    raise RuntimeError("canary")


def crash_in_apply() -> None:
    def fail(_: str) -> str:
        raise KeyError("canary")

    policy("one", server()).id.apply(fail)


def exits() -> None:
    raise SystemExit(3)


def missing_config() -> None:
    pulumi.Config().require("nothing")


def long_chain() -> None:
    provider, previous = server(), None
    for number in range(30):
        previous = policy(f"p{number}", provider, depends_on=[previous] if previous else [])


def barriers() -> None:
    provider = server()
    many = [policy(f"p{number}", provider) for number in range(101)]
    for number in range(12):
        policy(f"b{number}", provider, depends_on=many)


def numbers() -> None:
    body = {"whole": 3600, "part": 0.5, "none": None, "flag": True, "list": [1, "two"], "deep": {"a": 1}}
    pulumi.CustomResource("vault:index/thing:Thing", "t", body, pulumi.ResourceOptions(provider=server()))


def options() -> None:
    provider = server()
    first = policy("one", provider)
    opts = pulumi.ResourceOptions(
        provider=provider,
        protect=True,
        retain_on_delete=True,
        delete_before_replace=True,
        ignore_changes=["policy"],
        replace_on_changes=["name"],
        additional_secret_outputs=["policy"],
        deleted_with=first,
        import_="two",
        aliases=[pulumi.Alias(name="old")],
        depends_on=[first],
    )
    vault.Policy("two", name="two", policy=first.id, opts=opts)


def prints() -> None:
    print('{"result": "nonsense"}')  # noqa: T201
    fine()


def waits() -> None:
    print("waiting")  # noqa: T201
    time.sleep(600)


def environment() -> None:
    import os

    names = [n for n in os.environ if n.startswith(("AWS_", "VAULT_", "PULUMI_C", "KUBE"))]
    pulumi.export("names", sorted(names))


def remote() -> None:
    pulumi.ComponentResource("test:index:Far", "far", {}, None, remote=True)


def before_hook() -> None:
    hook = pulumi.ResourceHook("before", nobody)
    policy("one", server(), hooks=pulumi.ResourceHookBinding(before_create=[hook]))


def eight() -> None:
    provider = server()
    for number in range(8):
        policy(f"p{number}", provider)


def two_failures() -> None:
    provider = server()
    first = policy("one", provider)
    policy("two", provider, text=first.id)
    first.policy.apply(lambda text: text.missing)  # pyright: ignore


def output_in_text() -> None:
    policy("one", server(), text=f"path {policy('two', server()).id}")
