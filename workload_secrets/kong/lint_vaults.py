"""A vault entity of a decK file beside the one that the stack makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workload_secrets.declaration.gateway import GatewayVault
from workload_secrets.kong.credential_fields import fields_of
from workload_secrets.kong.deckfile import Entity, Field
from workload_secrets.kong.finding import Problem
from workload_secrets.kong.lint_references import ENVIRONMENT, Known
from workload_secrets.kong.lint_values import has_variable


def problems(entity: Entity, known: Known) -> Iterator[tuple[str, int, Problem]]:
    """Field, line and problem of each difference. Literal credentials are found for all fields."""
    prefix, backend = entity.text("prefix"), entity.named
    vault = known.gateway.vaults.get(prefix)
    if vault is None:
        if backend == ENVIRONMENT:
            yield (
                "prefix",
                entity.line,
                _differs(
                    f"gateway {known.name} has no vault with this prefix: nothing makes its role and policy",
                    "declare the vault, or remove the entity",
                ),
            )
        return
    if backend != ENVIRONMENT:
        yield (
            "name",
            entity.line,
            _differs("the stack's vault is HashiCorp Vault", f"write name: {ENVIRONMENT}"),
        )
        return
    yield from _config(entity, vault)


def _config(entity: Entity, vault: GatewayVault) -> Iterator[tuple[str, int, Problem]]:
    there = entity.within("config")
    for name, value in vault.config.items():
        yield from _declared(name, value, there.get(name), entity.line)
    for name, given in vault.given.items():
        if _absent(there.get(name)):
            yield (
                f"config.{name}",
                entity.line,
                _differs(f"{given.what} is missing", f'write {name}: ${{{{ env "DECK_…" }}}}'),
            )
    for name, found in _others(entity, there, vault).items():
        yield (
            found.path,
            found.line,
            _differs("the stack's entity has no such field", f"remove {name}, or declare what it stands for"),
        )


def _declared(
    name: str, value: bool | int | str, found: Field | None, line: int
) -> Iterator[tuple[str, int, Problem]]:
    wanted = str(value).lower() if isinstance(value, bool) else value
    if found is None or _absent(found):
        what = "missing, so Kong takes its own default"
        yield f"config.{name}", line, _differs(what, f"write {name}: {wanted}")
    elif has_variable(found):
        what = "decK fills it from its environment: nothing here can compare it"
        yield found.path, found.line, Problem("warning", "vault-differs", what, f"write {name}: {wanted}")
    elif found.value != value or type(found.value) is not type(value):
        yield found.path, found.line, _differs("differs from the stack's entity", f"write {name}: {wanted}")


def _others(entity: Entity, there: Mapping[str, Field], vault: GatewayVault) -> Mapping[str, Field]:
    """Fields that the stack's entity hasn't, but literal credentials, which are found anyway."""
    fields = fields_of(entity)
    return {
        name: field
        for name, field in there.items()
        if not _absent(field)
        and name not in vault.config
        and name not in vault.given
        and not (fields and fields.kind(field.shape) == "secret" and not has_variable(field))
    }


def _absent(field: Field | None) -> bool:
    return field is None or field.value in (None, "")


def _differs(what: str, remedy: str) -> Problem:
    return Problem("violation", "vault-differs", what, remedy)
