"""Connections to databases: that they verify, have an admin of their own, and hold no password."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from components.config import products
from components.config.checks import database_roles
from components.config.engines.database import Database, DatabaseEndpoint
from components.config.problem import Problem, shown
from components.config.stack import StackConfig
from components.documents.engines.database import database_secrets, used_databases


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of every connection, then of every secret that is of one."""
    used = used_databases(config)
    for name, database in config.shared.databases.items():
        if database.manage == "create" and name in used:
            yield from _endpoint(config, name)
        if database.manage == "existing":
            yield from _existing(config, name, database)
    for name, endpoint in config.endpoints.databases.items():
        yield from _reached(config, name, endpoint)
    yield from _twice(config)
    yield from _scram(config)
    for name, secret in database_secrets(config).items():
        yield from database_roles.check(config, f"secrets.{name}", secret)
    yield from database_roles.check_all(config)


def _endpoint(config: StackConfig, name: str) -> Iterator[Problem]:
    endpoint = config.endpoints.databases.get(name)
    if endpoint is None:
        yield Problem(
            key=f"endpoints.databases.{name}",
            got="nothing",
            allowed="host, caFile and adminPassword of the database, as the Vault server reaches it",
            remedy="add the key, or write manage: existing",
        )
    elif endpoint.admin_password is None:
        yield Problem(
            key=f"endpoints.databases.{name}.adminPassword",
            got="nothing",
            allowed="where the deployer's machine has the admin's password: {env: NAME} or {file: PATH}",
            remedy="add the key; it is used once, when the connection is made, and is worthless afterwards",
        )


def _reached(config: StackConfig, name: str, endpoint: DatabaseEndpoint) -> Iterator[Problem]:
    key = f"endpoints.databases.{name}"
    if name not in config.shared.databases:
        yield Problem(
            key=key,
            got="a database that is not declared",
            allowed=f"a key of shared.databases: {', '.join(sorted(config.shared.databases))}",
            remedy="declare it in shared.databases, or correct the name",
        )
    source = endpoint.admin_password
    if source is not None and (source.env is None) == (source.file is None):
        yield Problem(
            key=f"{key}.adminPassword",
            got="both env and file" if source.env else "neither env nor file",
            allowed="{env: NAME} or {file: PATH}, one of the two",
            remedy="name where the deployer's machine has the password; the password itself never stands "
            "in a file of the project",
        )


def _existing(config: StackConfig, name: str, database: Database) -> Iterator[Problem]:
    endpoint = config.endpoints.databases.get(name)
    if endpoint is not None and endpoint.admin_password is not None:
        yield Problem(
            key=f"endpoints.databases.{name}.adminPassword",
            got="the password of a connection that exists",
            allowed="with manage: existing no password: the connection's owner has handed it over",
            remedy="remove the key",
        )
    if database.protect is not None:
        yield Problem(
            key=f"shared.databases.{name}.protect",
            got=shown(database.protect),
            allowed="with manage: existing nothing that this stack doesn't make",
            remedy="remove the key",
        )


def _twice(config: StackConfig) -> Iterator[Problem]:
    """Names that two connections share, and admins: rotating one's password breaks the other."""
    seen: dict[Hashable, str] = {}
    manage: dict[str, tuple[str, str]] = {}
    for name, database in sorted(config.shared.databases.items()):
        key = f"shared.databases.{name}"
        endpoint = config.endpoints.databases.get(name)
        place = f"{database.mount}/config/{database.name}"
        if place in seen:
            yield Problem(
                key=f"{key}.name",
                got=shown(database.name),
                allowed="a connection that no other key has",
                remedy=f"{seen[place]} is {place} too; give one of them another name",
            )
        seen.setdefault(place, key)
        admin = (endpoint.host, endpoint.port, database.username) if endpoint else None
        if admin in seen:
            yield Problem(
                key=f"{key}.username",
                got=shown(database.username),
                allowed="an admin of its own",
                remedy=f"{seen[admin]} has the same on the same server, and rotating its password breaks the "
                "other: make one for each connection",
            )
        if admin is not None:
            seen.setdefault(admin, key)
        other, how = manage.setdefault(database.mount, (key, database.manage))
        if how != database.manage:
            yield Problem(
                key=f"{key}.manage",
                got=shown(database.manage),
                allowed=f"{how}, as {other} says of the same mount",
                remedy="give it a mount of its own, or write the same manage",
            )


def _scram(config: StackConfig) -> Iterator[Problem]:
    vault = config.facts.vault
    made = [name for name, database in used_databases(config).items() if database.manage == "create"]
    if vault is not None and made and not products.can(vault, "databaseScram"):
        yield Problem(
            key="facts.vault.version",
            got=shown(vault.version),
            allowed="a version that hashes database passwords itself, Vault 1.14 or newer",
            remedy=f"upgrade the server, or take away shared.databases {', '.join(made)}: older ones send "
            "new passwords in clear text, which the database's log may keep",
        )
