"""Runs the real `bao agent` with the configuration that the injector would give it.

Only places differ from the pod's: Vault's address and CA, and the folders. What differs is
listed in `substitutions`. Everything lies in a private folder, which goes with the agent.
"""

from __future__ import annotations

import copy
import posixpath
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from workload_secrets.errors import ServerError
from workload_secrets.files import open_to_append, remove_folder
from workload_secrets.outside import OutsideText
from workload_secrets.sandbox.agent.config import HOME, TOKEN_MOUNT, Injection
from workload_secrets.sandbox.files import below, private_folder, write_json, write_private
from workload_secrets.sandbox.openbao import binary
from workload_secrets.sandbox.ports import LOOPBACK, free_ports
from workload_secrets.sandbox.process import die_with_parent

INIT_SECONDS: Final = 20.0
_STOP_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.05
RENDER_SECONDS: Final = 1
"""How often the sidecar looks for new values here, so that a rehearsal doesn't take minutes."""
# What an agent's log may say of its end.
_REASONS: Final = (
    re.compile(r"[\w./-]+ has no key [\w.-]+"),
    re.compile(r'map has no entry for key \\*"[\w.-]+'),
    re.compile(r"permission denied"),
    re.compile(r"invalid (?:role name|audience)[\w \"'-]*"),
    re.compile(r"no secret exists at [\w./-]+"),
    re.compile(r"Code: \d{3}"),
    re.compile(r'parse: template: :\d+: [^"\\]{1,80}'),
)


@dataclass(frozen=True)
class Place:
    """Where the agent finds Vault, and the ServiceAccount token that Kubernetes would mount."""

    address: str
    ca_file: Path
    token: str


@dataclass(frozen=True)
class Ended:
    """How an agent ended: its exit code, None where it had to be stopped, and why."""

    code: int | None
    reasons: tuple[str, ...]


class Agent:
    """One pod's agent. Use it in a `with`: at its end nothing runs and the folder is gone."""

    def __init__(self, folder: Path, injection: Injection, place: Place) -> None:
        self._folder = private_folder(folder)
        self._token = below(self._folder / "token", injection.token.path)
        self._injection = injection
        self._place = place
        self._running: subprocess.Popen[bytes] | None = None
        self._log = folder / "agent.log"
        self.substitutions: dict[str, None] = {}

    def __enter__(self) -> Self:
        for folder in (self._folder / "home", self._folder / "secrets", self._token.parent):
            private_folder(folder)
        write_private(self._token, self._place.token)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        remove_folder(self._folder)

    def file(self, path: str) -> Path:
        """A file of the secrets' volume. Raises InputError for a path that leads out of it."""
        return below(self._folder / "secrets", path)

    def init(self, seconds: float = INIT_SECONDS) -> Ended:
        """What the init container does: log in, render everything once, end.

        Where a path may not be read the agent asks again for minutes; it is stopped after
        `seconds`, with the reason.
        """
        self._spawn(self._injection.config(init=True))
        return self._end(seconds)

    def start(self) -> None:
        """The sidecar, which goes on running."""
        config = self._injection.config(init=False)
        interval = config["template_config"].get("static_secret_render_interval", "300s")
        config["template_config"]["static_secret_render_interval"] = f"{RENDER_SECONDS}s"
        self.substitutions[f"the agents' render interval {interval} → {RENDER_SECONDS} s"] = None
        self._spawn(config)

    def wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """Whether `done` becomes true while the sidecar runs."""
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end or self._running is None or self._running.poll() is not None:
                return done()
            time.sleep(_POLL_SECONDS)
        return True

    def ended(self, seconds: float) -> Ended:
        """Waits for the sidecar's own end."""
        return self._end(seconds)

    def stop(self) -> None:
        """Ends what runs."""
        running, self._running = self._running, None
        if running is None:
            return
        running.terminate()
        try:
            running.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()

    def _spawn(self, config: Mapping[str, Any]) -> None:
        self.stop()
        file = write_json(self._folder / "config.json", self._placed(config))
        environment = {"HOME": str(self._folder / "home"), "PATH": "/usr/bin:/bin"}
        environment |= {n: v for n, v in self._injection.environment.items() if n != "HTTPS_PROXY"}
        if "HTTPS_PROXY" in self._injection.environment:
            self.substitutions["its proxy → none: Vault is on this machine"] = None
        with open_to_append(write_private(self._log, "")) as log:
            try:
                self._running = subprocess.Popen(
                    [binary(), "agent", f"-config={file}"],
                    env=environment,
                    cwd=self._folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    preexec_fn=die_with_parent,
                )
            except OSError as error:
                raise ServerError(f"bao agent can't be run ({type(error).__name__})") from None

    def _end(self, seconds: float) -> Ended:
        running = self._running
        if running is None:
            raise ServerError("no agent runs")
        try:
            code = running.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
            self.stop()
        self._running = None
        return Ended(code, tuple(dict.fromkeys(_reasons(self._log.read_text(errors="replace")))))

    def _placed(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The configuration with the sandbox's places in it."""
        config: dict[str, Any] = copy.deepcopy(dict(given))
        config["pid_file"] = self._moved(config["pid_file"], HOME, "home")
        if config["vault"].get("address") != self._place.address:
            self.substitutions[f"{config['vault'].get('address')} → the sandbox's Vault"] = None
        if {"client_cert", "client_key", "tls_server_name"} & config["vault"].keys():
            self.substitutions["its client certificate and server name → the sandbox's TLS"] = None
        config["vault"] = {"address": self._place.address, "ca_cert": str(self._place.ca_file)}
        method = config["auto_auth"]["method"]
        method["config"]["token_path"] = self._moved(method["config"]["token_path"], TOKEN_MOUNT, "token")
        for sink in config["auto_auth"]["sink"]:
            of, to = self._volume(sink["config"]["path"])
            sink["config"]["path"] = self._moved(sink["config"]["path"], of, to)
        for template in config["template"]:
            template["destination"] = self._moved(template["destination"], self._injection.volume, "secrets")
            if template.pop("command", None):
                self.substitutions["commands after rendering → none: no app runs here"] = None
        for listener in config.get("listener", ()):
            listener["address"] = f"{LOOPBACK}:{free_ports(1)[0]}"
        return config

    def _volume(self, path: str) -> tuple[str, str]:
        return (HOME, "home") if path.startswith(f"{HOME}/") else (self._injection.volume, "secrets")

    def _moved(self, path: str, of: str, to: str) -> str:
        """The place here of a file in the pod's folder `of`. Raises InputError for one outside."""
        return str(below(self._folder / to, posixpath.relpath(path, of)))


def _reasons(log: str) -> list[str]:
    return [str(OutsideText(found)) for pattern in _REASONS for found in pattern.findall(log)]
