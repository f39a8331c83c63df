"""The values that this machine knows, by name: what is looked for.

From environment variables whose names say that they hold a secret, the files that variables and
tools name, and passwords that the stack declares. A value is never shown, its name is.
"""

from __future__ import annotations

import base64
import binascii
import configparser
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from pydantic import ValidationError

from workload_secrets.certify.certificate import NotLookedAt
from workload_secrets.certify.document import parse
from workload_secrets.certify.search import SHORTEST, Search
from workload_secrets.declaration import DatabaseEndpoint
from workload_secrets.errors import InputError
from workload_secrets.graph import yamlfile
from workload_secrets.outside.payload import secret_name, secrets_of
from workload_secrets.outside.secrets import secret_variables

MAX_BYTES: Final = 4 * 1024 * 1024
_UNNAMED: Final = "a value whose name holds a secret"
_FILE: Final = "_FILE"
_AWS_FILE: Final = "AWS_SHARED_CREDENTIALS_FILE"
_TOO_SHORT: Final = f"its value has fewer than {SHORTEST} characters, so it can't be told from ordinary text"


class Known:
    """Values with their names. `not_looked_for` are values that can't be read or are too short."""

    def __init__(self) -> None:
        self._names: dict[str, dict[str, None]] = {}
        self._skipped: dict[NotLookedAt, None] = {}

    @property
    def names(self) -> dict[str, str]:
        """Names by value; a value that has several names has all of them. A name that holds one of
        the values, as JSON may have it, is left out."""
        search = Search(dict.fromkeys(self._names, ""))
        found: dict[str, str] = {}
        for value, names in self._names.items():
            safe = (name if not any(search.hits(name)) else _UNNAMED for name in names)
            found[value] = ", ".join(dict.fromkeys(safe))
        return found

    @property
    def not_looked_for(self) -> list[NotLookedAt]:
        return list(self._skipped)

    def add(self, name: str, value: str) -> None:
        """An empty value is none."""
        plain = value.strip()
        if len(plain) >= SHORTEST:
            self._names.setdefault(plain, {})[name] = None
        elif plain:
            self.skip(name, _TOO_SHORT)

    def skip(self, name: str, reason: str) -> None:
        self._skipped[NotLookedAt(what=name, reason=reason)] = None

    def add_file(self, name: str, path: Path) -> None:
        """The whole text of a file is the value; of JSON, what stands in fields for secrets."""
        text = self.read(name, path) or ""
        try:
            data = parse(text) if text.lstrip().startswith("{") else None
        except ValueError:
            data = None
        for value in [text] if data is None else secrets_of(data):
            self.add(name, value)

    def read(self, name: str, path: Path) -> str | None:
        """A file's text; None, and noted, where it can't be read."""
        try:
            with path.open("rb") as stream:
                content = stream.read(MAX_BYTES + 1)
        except OSError as error:
            self.skip(name, f"{path} can't be read: {error.strerror}")
            return None
        if len(content) > MAX_BYTES:
            self.skip(name, f"{path} is larger than {MAX_BYTES} bytes")
            return None
        return content.decode(errors="replace")


def from_environment(environment: Mapping[str, str], known: Known) -> None:
    """VAULT_TOKEN, AWS_SECRET_ACCESS_KEY, PULUMI_CONFIG_PASSPHRASE and all others of such names, with
    the files of PULUMI_CONFIG_PASSPHRASE_FILE and the like; kubeconfigs, AWS credentials files and the
    token file of Vault's CLI."""
    secrets = secret_variables(environment)
    for name, value in sorted(environment.items()):
        if name in secrets and value.startswith("/") and Path(value).is_file():
            known.add_file(name, Path(value))
        elif name in secrets:
            known.add(name, value)
        elif name.endswith(_FILE) and secret_name(name.removesuffix(_FILE)) and name != _AWS_FILE and value:
            known.add_file(name, Path(value))
        elif "://" in value:
            for secret in secrets_of({name: value}):
                known.add(name, secret)
    home = Path(environment["HOME"]) if environment.get("HOME") else None
    _kubeconfigs(environment, home, known)
    _aws(environment, home, known)
    if home is not None and (home / ".vault-token").is_file():
        known.add_file("~/.vault-token", home / ".vault-token")


def from_declaration(
    declared: Mapping[str, Any], environment: Mapping[str, str], project: Path, known: Known
) -> None:
    """The passwords of databases that a stack declares, where the variable or file is there.
    `declared` is its declaration in JSON form."""
    databases = _mapping(_mapping(declared.get("endpoints")).get("databases"))
    for name, endpoint in sorted(databases.items()):
        try:
            source = DatabaseEndpoint.model_validate(endpoint).admin_password
        except ValidationError:
            known.skip(f"the admin password of database {name}", "the state declares it in another form")
            continue
        if source and source.env:
            label = f"{source.env}, the admin password of database {name}"
            known.add(label, environment.get(source.env, ""))
        if source and source.file and (project / source.file).is_file():
            known.add_file(f"{source.file}, the admin password of database {name}", project / source.file)


def _kubeconfigs(environment: Mapping[str, str], home: Path | None, known: Known) -> None:
    """https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/"""
    named = environment.get("KUBECONFIG", "")
    paths = [Path(path) for path in named.split(":") if path]
    default = home / ".kube" / "config" if home else None
    if not named and default is not None and default.is_file():
        paths = [default]
    for path in paths:
        try:
            users = yamlfile.read(path).get("users")
        except InputError as error:
            known.skip("KUBECONFIG", str(error))
            continue
        for entry in cast("list[Any]", users) if isinstance(users, list) else []:
            user = _mapping(entry)
            label = f"KUBECONFIG user {user.get('name')}"
            for value in _of_user(_mapping(user.get("user"))):
                known.add(label, value)
            file = _mapping(user.get("user")).get("tokenFile")
            if isinstance(file, str):
                known.add_file(label, path.parent / file)


def _of_user(user: Mapping[str, Any]) -> Iterator[str]:
    yield from secrets_of(user)
    variables = _mapping(user.get("exec")).get("env")
    for variable in cast("list[Any]", variables) if isinstance(variables, list) else []:
        named = _mapping(variable)
        yield from secrets_of({str(named.get("name")): named.get("value")})
    key = user.get("client-key-data")
    if isinstance(key, str):
        yield key
        try:
            yield base64.b64decode(key).decode(errors="replace")
        except binascii.Error:
            return


def _aws(environment: Mapping[str, str], home: Path | None, known: Known) -> None:
    """https://docs.aws.amazon.com/cli/v1/userguide/cli-configure-files.html"""
    named = environment.get(_AWS_FILE)
    path = Path(named) if named else home / ".aws" / "credentials" if home else None
    if path is None or not (named or path.is_file()):
        return
    text = known.read("AWS credentials", path)
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text or "")
    except configparser.Error:
        known.skip("AWS credentials", f"{path} is no credentials file")
        return
    for profile in parser.sections():
        for option, value in parser.items(profile):
            if secret_name(option) or option == "aws_session_token":
                known.add(f"AWS profile {profile} {option}", value)


def _mapping(item: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", item) if isinstance(item, Mapping) else {}
