"""A place where the engine works on one stack of a sandbox: project, state, plugins.

Everything lies below the sandbox's folder. The user's project is read where it is; the engine
gets a project file and a stack file of our own beside it, since `pulumi stack init` writes
into the stack file. Both are JSON, which is YAML that every reader reads in the same way.
"""

from __future__ import annotations

import secrets
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from workload_secrets.graph import config, yamlfile
from workload_secrets.graph.process import clean_environment
from workload_secrets.sandbox import seal
from workload_secrets.sandbox.engine.binary import Engine
from workload_secrets.sandbox.engine.language import packages_installed
from workload_secrets.sandbox.engine.real import RealProvider
from workload_secrets.sandbox.files import private_folder, write_json, write_private
from workload_secrets.sandbox.servers import python_path

_PROVIDER: Final = "workload_secrets.sandbox.engine.provider"
_FRONT: Final = "workload_secrets.sandbox.engine.front"
_LANGUAGE: Final = "workload_secrets.sandbox.engine.language"


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """`project` is the engine's project folder, `home` its PULUMI_HOME, `state` its file backend;
    `notes` what the providers have to say. `environment` is the deployer's, with credentials, and is
    never printed. `real` has the systems whose provider is not ours."""

    engine: Engine
    stack: str
    folder: Path
    environment: Mapping[str, str]
    real: Mapping[str, RealProvider] = field(default_factory=dict[str, RealProvider])

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def notes(self) -> Path:
        return self.folder / "notes"

    @property
    def passphrase(self) -> Path:
        return self.folder / "passphrase"

    def providers(self) -> str:
        """Which providers run, for a result."""
        others = ", ".join(system for system in packages_installed() if system not in self.real)
        return "; ".join([*map(str, self.real.values()), *([f"{others}: ours"] if others else [])])

    def settings(self) -> dict[str, str]:
        """What makes any `pulumi` command work here and only here; holds no value.

        https://www.pulumi.com/docs/iac/cli/environment-variables/
        """
        return {
            "PULUMI_HOME": str(self.home),
            "PULUMI_BACKEND_URL": f"file://{self.state}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.passphrase),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # No provider of the user's own is taken, and none is fetched.
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    def variables(self) -> dict[str, str]:
        """The whole environment of a command; it holds the deployer's credentials."""
        return {**clean_environment(self.environment), "HOME": str(self.home), **self.settings()}


def prepare(
    engine: Engine,
    folder: Path,
    *,
    program: Path,
    stack: config.StackFile,
    sandbox: Path,
    site: Mapping[str, Any],
    environment: Mapping[str, str],
    real: Mapping[str, RealProvider] | None = None,
) -> Workspace:
    """Makes the place in `folder`, which lies in the folder `sandbox`. `program` is the user's project
    folder.

    `site` is what `deploy.run.site_of` gives. Our providers find by it what stands in for what. `real`
    are the providers that run in place of ours, by system.
    """
    made = Workspace(
        engine=engine,
        stack=stack.stack,
        folder=private_folder(folder),
        environment=environment,
        real=real or {},
    )
    for each in (made.project, made.home, made.state, made.notes):
        private_folder(each)
    if not made.passphrase.exists():
        write_private(made.passphrase, secrets.token_urlsafe(32))
    write_json(made.project / config.PROJECT_FILE, _project(program))
    write_json(made.project / f"Pulumi.{stack.stack}.yaml", {"config": dict(stack.values)})
    if engine.own:
        _plugin(made.home, "language", "python", "0.0.1", [_LANGUAGE])
    request = {"sandbox": str(sandbox), "stack": stack.stack, "site": site, "notes": str(made.notes)}
    file = write_json(folder / "provider.json", request)
    for name, version in packages_installed().items():
        chosen = made.real.get(name)
        words = (
            [_FRONT, str(file), name, str(chosen.path)] if chosen else [_PROVIDER, str(file), name, version]
        )
        _plugin(made.home, "resource", name, version, words)
    return made


def _project(program: Path) -> dict[str, Any]:
    """The user's project file with absolute paths, and without the defaults of its configuration:
    the stack file has them."""
    about = yamlfile.read(program / config.PROJECT_FILE)
    runtime: Any = about.get("runtime")
    given: Any = cast("dict[str, Any]", runtime).get("options") if isinstance(runtime, dict) else None
    options: dict[str, Any] = dict(given or {})
    if "virtualenv" in options:
        options["virtualenv"] = str(program / str(options["virtualenv"]))
    return {
        "name": about["name"],
        "runtime": {"name": "python", "options": options},
        "main": str(program / str(about.get("main") or "")),
    }


def _plugin(home: Path, kind: str, name: str, version: str, words: list[str]) -> None:
    """An executable where the engine looks for it: plugins/KIND-NAME-vVERSION/pulumi-KIND-NAME."""
    folder = private_folder(home / "plugins" / f"{kind}-{name}-v{version}")
    command = shlex.join([sys.executable, "-P", "-u", "-m", *words])
    # gRPC's care for forks is of no use to a plugin, and is noisy where it starts a program.
    settings = {
        "PYTHONPATH": python_path(),
        "GRPC_ENABLE_FORK_SUPPORT": "false",
        "XDG_STATE_HOME": str(seal.state_home()),  # the engine has another HOME
    }
    variables = " ".join(f"{key}={shlex.quote(value)}" for key, value in settings.items())
    script = f'#!/bin/sh\n{variables} exec {command} "$@"\n'
    write_private(folder / f"pulumi-{kind}-{name}", script).chmod(0o700)
