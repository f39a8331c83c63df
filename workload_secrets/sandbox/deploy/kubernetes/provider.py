"""The Kubernetes provider's settings as a client: the kubeconfig and its exec user."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import yaml

from workload_secrets.outside import SECRETS
from workload_secrets.sandbox.deploy.guard import require_loopback
from workload_secrets.sandbox.deploy.http import Answer, JsonClient
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import HandlerError


class KubernetesProvider:
    """One cluster, by the current context of the provider's kubeconfig (a text, not a path)."""

    def __init__(self, name: str, config: Mapping[str, Any]) -> None:
        inputs = Inputs(config)
        kubeconfig = _kubeconfig(name, inputs)
        chosen = inputs.optional_text("context") or str(kubeconfig.get("current-context", ""))
        inputs.only("enableServerSideApply", True, "true")
        self.namespace = inputs.optional_text("namespace")
        for flag in ("suppressDeprecationWarnings", "enablePatchForce", "deleteUnreachable"):
            inputs.flag(flag)
        inputs.take("version")
        inputs.take("clusterIdentifier")  # says when an engine replaces; there is none here
        inputs.finish()
        context = _named(name, kubeconfig, "contexts", chosen)["context"]
        cluster = Inputs(_named(name, kubeconfig, "clusters", context["cluster"])["cluster"], "cluster.")
        user = Inputs(_named(name, kubeconfig, "users", context["user"])["user"], "user.")
        self.namespace = self.namespace or context.get("namespace")
        server = require_loopback(name, cluster.text("server"))
        ca = base64.b64decode(cluster.text("certificate-authority-data")).decode()
        cluster.only("insecure-skip-tls-verify", False)
        cluster.finish()
        self._exec = Exec(name, user.mapping("exec"))
        user.finish()
        self._client = JsonClient("Kubernetes", server, ca, {})

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        accept: tuple[int, ...] = (),
    ) -> Answer:
        """One request with the user's token."""
        headers = {"authorization": f"Bearer {self._exec.token()}", "content-type": content_type}
        return self._client.send(method, path, body, headers=headers, accept=accept)


class Exec:
    """A kubeconfig's exec user: runs the command, keeps its token until it expires."""

    def __init__(self, name: str, config: Mapping[str, Any]) -> None:
        inputs = Inputs(config, "exec.")
        self._name = name
        self._command = [inputs.text("command"), *inputs.texts("args")]
        self._environment = {
            str(entry["name"]): str(entry["value"]) for entry in inputs.take("env", None) or ()
        }
        inputs.text("apiVersion")
        inputs.take("interactiveMode")
        inputs.take("provideClusterInfo")
        inputs.take("installHint")
        inputs.finish()
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0

    def token(self) -> str:
        """A valid token. Raises HandlerError where the command gives none."""
        with self._lock:
            if time.time() >= self._until:
                self._run()
            return self._token

    def _run(self) -> None:
        try:
            done = subprocess.run(
                self._command,
                env={**os.environ, **self._environment},
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            reason = type(error).__name__
            raise HandlerError(f"provider {self._name}: exec {self._command[0]}: {reason}") from None
        status = _status(done.stdout if done.returncode == 0 else "{}")
        token = status.get("token")
        if not isinstance(token, str) or not token:
            raise HandlerError(
                f"provider {self._name}: exec {self._command[0]} (exit {done.returncode}) printed no token"
            )
        SECRETS.learn(token)
        self._token = token
        expires = status.get("expirationTimestamp")
        self._until = datetime.fromisoformat(expires).timestamp() - 10 if expires else float("inf")


def _status(text: str) -> Mapping[str, Any]:
    try:
        return json.loads(text).get("status") or {}
    except (ValueError, AttributeError):
        return {}


def _kubeconfig(name: str, inputs: Inputs) -> Mapping[str, Any]:
    given = inputs.take("kubeconfig")
    if given is None:
        raise HandlerError(f"provider {name} has no kubeconfig: it would use the one of this machine")
    if isinstance(given, Mapping):
        return cast("Mapping[str, Any]", given)
    try:
        data = yaml.safe_load(given)
    except yaml.YAMLError:
        data = None
    if not isinstance(data, dict):
        raise HandlerError(f"provider {name}: kubeconfig is not the text of one")
    return cast("Mapping[str, Any]", data)


def _named(name: str, kubeconfig: Mapping[str, Any], kind: str, wanted: str) -> Mapping[str, Any]:
    for entry in kubeconfig.get(kind) or ():
        if entry.get("name") == wanted:
            return entry
    raise HandlerError(f"provider {name}: kubeconfig has no {kind} entry {wanted}")
