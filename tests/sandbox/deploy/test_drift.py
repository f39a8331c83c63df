"""What is changed by hand on a server is named at its property, whatever the resource."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.deploy import drift_aws, drift_kubernetes, drift_vault
from tests.sandbox.deploy.drifting import (
    ANOTHER,
    FailedError,
    Hands,
    Property,
    Resource,
    Subject,
    at,
    plugin,
    put,
    used,
)
from workload_secrets.decide.cert import fingerprint
from workload_secrets.graph.changes import CHOSEN
from workload_secrets.sandbox import databases, postgres
from workload_secrets.sandbox.certificates import Authority
from workload_secrets.sandbox.deploy.admin import maker
from workload_secrets.sandbox.deploy.aws.provider import AwsProvider
from workload_secrets.sandbox.deploy.call import Ask, Site
from workload_secrets.sandbox.deploy.kubernetes.kinds import KINDS, find, is_object
from workload_secrets.sandbox.deploy.kubernetes.provider import KubernetesProvider
from workload_secrets.sandbox.deploy.registry import HANDLERS
from workload_secrets.sandbox.deploy.vault.fields import snake
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider
from workload_secrets.sandbox.engine.provider import Plugin
from workload_secrets.sandbox.files import private_folder
from workload_secrets.sandbox.handle import DatabaseServer, Sandbox
from workload_secrets.sandbox.openbao import ADMIN
from workload_secrets.sandbox.ports import LOOPBACK, free_ports
from workload_secrets.sandbox.servers import Servers

Make = Callable[[Subject], tuple[Resource, Subject]]
pytestmark = pytest.mark.sandbox
SUBJECTS: tuple[Subject, ...] = (
    *drift_vault.roles(),
    *drift_vault.logins(),
    *drift_vault.engines(),
    *drift_vault.authorities(),
    *drift_vault.databases(),
    drift_vault.certificates(),
    *drift_aws.roles(),
    *drift_aws.keys(),
    *drift_aws.secrets(),
    *drift_kubernetes.objects(),
)
EVERYTHING = 'path "*" { capabilities = ["create", "read", "update", "patch", "delete", "list", "sudo"] }\n'


def by_type(part: str) -> Subject:
    """The first subject that a part of its name tells."""
    return next(subject for subject in SUBJECTS if part in f"{subject.id}:")


def each(subjects: Iterable[Subject]) -> pytest.MarkDecorator:
    found = tuple(subjects)
    return pytest.mark.parametrize("subject", found, ids=[subject.id for subject in found])


@pytest.fixture(scope="module")
def hands(
    vault_provider: VaultProvider, aws_provider: AwsProvider, kubernetes_provider: KubernetesProvider
) -> Iterator[Hands]:
    path = f"sys/policies/acl/{ADMIN}"
    own = vault_provider.read(path)
    assert own is not None
    vault_provider.send("PUT", path, {"policy": EVERYTHING})
    yield Hands(vault=vault_provider, aws=aws_provider.client, kubernetes=kubernetes_provider)
    vault_provider.send("PUT", path, {"policy": own["policy"]})


@pytest.fixture
def site(site: Site, sandbox: Sandbox) -> Site:
    """The sandbox's own CA stands in for a declared authority."""
    stand_in = {fingerprint(drift_vault.CA) or "": sandbox.ca_file.read_text()}
    return replace(site, authorities=stand_in)


@pytest.fixture
def provider(request: pytest.FixtureRequest) -> Callable[[Subject], Any]:
    return lambda subject: request.getfixturevalue(f"{subject.type.partition(':')[0]}_provider")


@pytest.fixture
def plugin_of(
    provider: Callable[[Subject], Any], sandbox: Sandbox, site: Site, tmp_path: Path
) -> Callable[[Subject], Plugin]:
    def make(subject: Subject) -> Plugin:
        system = subject.type.partition(":")[0]
        return plugin(system, provider(subject), site, Ask(maker(sandbox, "dev")), tmp_path)

    return make


@pytest.fixture
def made(hands: Hands, plugin_of: Callable[[Subject], Plugin]) -> Make:
    """Makes a resource. The subject comes back with the inputs that were known only then."""

    def make(subject: Subject) -> tuple[Resource, Subject]:
        subject.before(hands)
        whole = replace(subject, inputs={**subject.inputs, **subject.later(hands)})
        resource = Resource(plugin_of(subject), whole)
        again(resource, whole, hands)
        return resource, whole

    return make


def again(resource: Resource, subject: Subject, hands: Hands) -> None:
    resource.create(subject.inputs)
    hands.known.clear()
    hands.known.update(resource.outputs, id=resource.id)


def drifted(resource: Resource, subject: Subject, property_: Property, hands: Hands) -> Iterator[str]:
    """What is wrong about one property: not shown, shown as something else, or not put right."""
    name, head = property_.name, property_.name.partition(".")[0]
    absent = at(subject.inputs, name) is None
    if absent and same(at(resource.outputs, name), property_.expected):
        return  # the server has this value by itself
    property_.by_hand(hands)
    if not resource.refresh() or not resource.refresh():
        yield f"{name}: gone"
        return
    chosen = absent and head in CHOSEN.get(subject.type, ())
    found = at(resource.inputs, name)
    if chosen:
        if found is not None:
            yield f"{name}: the server may choose it, and it is shown as a difference"
    elif not same(found, property_.expected):
        yield f"{name}: shown as {found!r}, not as {property_.expected!r}"
    names, _ = resource.diff(subject.inputs)
    if not chosen and not any(name.startswith(differs) or differs.startswith(name) for differs in names):
        yield f"{name}: the diff names {names}"
    others = {differs.partition(".")[0] for differs in names} - {head} - property_.along
    if others and not property_.anew:
        yield f"{name}: the diff names {sorted(others)} too"
    if property_.anew:
        resource.delete()
        again(resource, subject, hands)
        return
    if not chosen:
        try:
            resource.update(subject.inputs)
        except FailedError as error:
            if not (property_.refused or (absent and head in str(error))):
                yield f"{name}: not put right: {error}"
            return
    resource.refresh()
    left = resource.diff(subject.inputs)[0]
    if left:
        yield f"{name}: not put right: {left}"


def unnoted(resource: Resource, subject: Subject) -> set[str]:
    """Inputs that no server keeps, and that a mere look doesn't put into the list of them."""
    lists = resource.notes().lists()
    if subject.declared:
        return set() if lists["declaredOnly"] else set(subject.inputs)
    heads = {line.partition(" of ")[0] for line in lists["notEnforced"]}
    listed = {name for head in heads for name in head.split(", ")}
    return {name for name in subject.noted - listed if at(subject.inputs, name) is not None}


def same(found: Any, wanted: Any) -> bool:
    if wanted is ANOTHER:
        return found is not None
    if isinstance(wanted, list) and isinstance(found, list):
        return sorted(map(str, found)) == sorted(map(str, wanted))
    return found == wanted


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A database with two users, as a connection of Vault reaches it."""
    folder = private_folder(tmp_path_factory.mktemp("drift") / "database")
    authority, servers, (port,) = Authority(folder, "drift"), Servers(folder, "process"), free_ports(1)
    try:
        command, password = postgres.prepare(
            folder / "postgresql", port, authority.server("postgresql"), postgres.find(), "postgresql"
        )
        server = DatabaseServer(host=LOOPBACK, port=port, superuser_file=password)
        databases.finish(
            servers, databases.Starting(part=servers.start(command), server=server), authority.file
        )
        with closing(postgres.superuser(server, authority.file)) as connection:
            for user in ("nightly", "weekly"):
                connection.run(f"CREATE ROLE {user} LOGIN PASSWORD 'x'")
        yield {
            "connection_url": (
                f"postgresql://{{{{username}}}}:{{{{password}}}}@{LOOPBACK}:{port}/postgres"
                f"?sslmode=verify-full&sslrootcert={authority.file}"
            ),
            "username": postgres.SUPERUSER,
            "password": password.read_text().strip(),
        }
    finally:
        servers.abort()


def test_a_role_that_owns_a_user_of_a_database(hands: Hands, made: Make, database: dict[str, Any]) -> None:
    """Making it changes the user's password, so that it needs a real database."""
    subject = drift_vault.static_role(database)
    test_each_property_changed_by_hand_is_named_and_put_right(subject, hands, made)
    test_a_change_in_the_program_arrives_or_is_refused_by_name(subject, hands, made)
    test_what_is_gone_or_replaced_by_something_else_is_never_shown_as_unchanged(subject, hands, made)


@each(SUBJECTS)
def test_each_property_changed_by_hand_is_named_and_put_right(
    subject: Subject, hands: Hands, made: Make
) -> None:
    resource, subject = made(subject)
    resource.notes()
    assert resource.refresh()
    assert unnoted(resource, subject) == set()
    assert resource.diff(subject.inputs) == ([], [])
    wrong = [line for one in subject.properties for line in drifted(resource, subject, one, hands)]
    assert not wrong, "\n".join(wrong)


@each(subject for subject in SUBJECTS if subject.with_least().properties)
def test_a_change_by_hand_of_what_is_not_declared_is_named_too(
    subject: Subject, hands: Hands, made: Make
) -> None:
    """Unless the provider leaves it to the server: it then knows no other value."""
    resource, few = made(subject.with_least())
    assert resource.refresh()
    assert resource.diff(few.inputs) == ([], [])
    wrong = [line for one in few.properties for line in drifted(resource, few, one, hands)]
    assert not wrong, "\n".join(wrong)


@each(subject for subject in SUBJECTS if subject.properties)
def test_a_change_in_the_program_arrives_or_is_refused_by_name(
    subject: Subject, hands: Hands, made: Make
) -> None:
    resource, whole = made(subject)
    wrong: list[str] = []
    for one in whole.properties:
        changed = put(whole.inputs, one.name, one.new(hands) if callable(one.new) else one.new)
        names, replacing = resource.diff(changed)
        head = one.name.partition(".")[0]
        if head not in {name.partition(".")[0] for name in names}:
            wrong.append(f"{one.name}: the diff names {names}")
        elif not replacing:
            wrong += updated(resource, one, changed)
            if one.anew and not one.refused:
                subject.removed(hands)
                again(resource, whole, hands)
            else:
                resource.update(whole.inputs)
    assert not wrong, "\n".join(wrong)


def updated(resource: Resource, one: Property, inputs: dict[str, Any]) -> Iterator[str]:
    head = one.name.rpartition(".")[2]
    try:
        resource.update(inputs)
    except FailedError as error:
        if not one.refused or (head not in str(error) and snake(head) not in str(error)):
            yield f"{one.name}: {error}"
        return
    if one.refused:
        yield f"{one.name}: was not refused"
    elif not resource.refresh() or resource.diff(inputs) != ([], []):
        yield f"{one.name}: did not arrive"


@each(subject for subject in SUBJECTS if not subject.declared)
def test_what_is_gone_or_replaced_by_something_else_is_never_shown_as_unchanged(
    subject: Subject, hands: Hands, made: Make
) -> None:
    resource, whole = made(subject)
    resource.refresh()
    before = (resource.inputs, resource.outputs)
    subject.removed(hands)
    there = resource.refresh()
    assert not there or resource.diff(whole.inputs)[0], "removed, and shown as unchanged"
    for number, other in enumerate(whole.others):
        resource.inputs, resource.outputs = before
        other(hands)
        there = resource.refresh()
        assert not there or resource.diff(whole.inputs)[0], f"other {number} is shown as unchanged"


def test_every_input_that_a_handler_uses_is_tried_or_noted(
    provider: Callable[[Subject], Any], site: Site
) -> None:
    """So that a new input, or a new handler, can't be forgotten."""
    tried: dict[str, set[str]] = {}
    uses: dict[str, set[str]] = {}
    for subject in (*SUBJECTS, drift_vault.static_role({})):
        paths = {one.name for one in subject.properties} | subject.place | subject.noted
        tried.setdefault(subject.type, set()).update(paths)
        uses.setdefault(subject.type, set()).update(used(subject, provider(subject), site))
    missing = {
        f"{type_} {name}"
        for type_, names in uses.items()
        for name in names - tried[type_]
        if not any(path.startswith(f"{name}.") for path in tried[type_])
    }
    assert missing == set()
    assert sorted(HANDLERS.keys() - tried.keys()) == []
    kinds = {find(type_)[0] for type_ in tried if is_object(type_)}
    assert sorted(kind.kind for kind in set(KINDS) - kinds) == []


ODD: dict[str, tuple[Subject, dict[str, Any]]] = {
    "a policy without and with line ends": (by_type("Policy"), {"policy": "\n# ours \n\n"}),
    "spaces around a description": (by_type("index.Mount"), {"description": " a \n"}),
    "a duration of another unit": (
        by_type("index.AuthBackend"),
        {"tune": {"defaultLeaseTtl": "60m", "maxLeaseTtl": "86400"}},
    ),
    "keys with many line ends": (
        by_type("by keys"),
        {"jwtValidationPubkeys": [f"\n{drift_vault.A_KEY}\n\n"]},
    ),
    "an authority with line ends": (by_type("CertAuth"), {"certificate": f"{drift_vault.CA}\n\n"}),
    "a cluster's authority with line ends": (
        by_type("AuthBackendConfig"),
        {"kubernetesCaCert": f"{drift_vault.CA}\n", "pemKeys": [f"{drift_vault.A_KEY}\n"]},
    ),
    "several values of a claim in one text": (
        by_type("jwt.AuthBackendRole"),
        {"boundClaims": {"ref": "b, a"}, "disableBoundClaimsParsing": False},
    ),
    "upper case and another order": (
        by_type("kubernetes.AuthBackendRole"),
        {"boundServiceAccountNames": ["B", "a"], "audience": "Vault ", "tokenTtl": "120"},
    ),
    "durations of a certificate's role": (
        by_type("pkiSecret.SecretBackendRole"),
        {"ttl": "1h30m", "maxTtl": 7200, "notBeforeDuration": "60s", "keyUsages": ["digitalsignature"]},
    ),
    "durations of revocation lists": (by_type("CrlConfig"), {"expiry": "4320m", "ocspExpiry": "43200"}),
    "durations of auto-tidy": (by_type("AutoTidy"), {"intervalDuration": "1h", "pauseDuration": "90s"}),
    "statements with line ends": (
        by_type("database.SecretBackendRole"),
        {"creationStatements": ["one;\n", " two"], "defaultTtl": "60"},
    ),
    "a document in another order and with spaces": (
        by_type("iam.Role"),
        {
            "assumeRolePolicy": json.dumps(json.loads(drift_aws.trust("pods.eks.amazonaws.com")), indent=2),
            "maxSessionDuration": 3600.0,
        },
    ),
    "a thumbprint in capitals": (by_type("OpenIdConnect"), {"thumbprintLists": ["B" * 40]}),
    "a secret's description": (by_type("secretsmanager.Secret:"), {"description": " a\n"}),
    "labels and annotations": (
        by_type("core/v1:ServiceAccount"),
        {"automountServiceAccountToken": True},
    ),
}


@pytest.mark.parametrize("odd", ODD)
def test_a_legal_value_that_a_server_writes_in_another_way_is_no_difference(
    odd: str, hands: Hands, made: Make
) -> None:
    subject, values = ODD[odd]
    resource, whole = made(replace(subject, inputs={**subject.inputs, **values}))
    for _ in range(2):
        assert resource.refresh()
        assert resource.inputs == whole.inputs
        assert resource.diff(whole.inputs) == ([], [])
    resource.update(whole.inputs)
    assert resource.refresh()
    assert resource.diff(whole.inputs) == ([], [])
