"""A Kubernetes API as the prover uses it: read a ServiceAccount, ask for its tokens."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import urllib3

from workload_secrets.errors import InputError, ServerError
from workload_secrets.outside import SECRETS, OutsideText

TOKEN_SECONDS: Final = 600
"""The shortest life a TokenRequest may ask for.
https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/"""
_REDIRECTED: Final = 300
_FAILED: Final = 400
_NOT_ALLOWED: Final = (401, 403)


class RefusedError(ServerError):
    """The API answered, and said no. `status` is the HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def unless_denied(error: RefusedError) -> RefusedError:
    """The error, where the API said something of the live objects. Raises ServerError where it
    said that the caller may not ask: that shows nothing of any other's rights."""
    if error.status in _NOT_ALLOWED:
        raise ServerError(
            f"the prover lacks a right in the cluster: {error}; apply the objects under `prover` of "
            "`preview STACK --format json`, and log in to the cluster as their subject"
        ) from None
    return error


class ClusterClient:
    """One API server and one bearer token. May be used by several threads at once."""

    def __init__(self, server: str, authority: str, token: str) -> None:
        """`authority` is the cluster's CA certificate as PEM text."""
        self._server = server.rstrip("/")
        self._token = token
        SECRETS.learn(token)
        trusted = ssl.create_default_context(cadata=authority)
        self._pool = urllib3.PoolManager(ssl_context=trusted, maxsize=16, timeout=30, retries=False)

    def service_account(self, namespace: str, name: str) -> Mapping[str, Any]:
        """The live object. Raises RefusedError where there is none or it may not be read."""
        return self._call("GET", f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}")

    def read(self, path: str) -> Mapping[str, Any]:
        """The live object at an API path. Raises RefusedError where there is none or it may not
        be read."""
        return self._call("GET", path)

    def exists(self, path: str) -> bool:
        """Whether an object is there. Raises RefusedError where it may not be read."""
        try:
            self._call("GET", path)
        except RefusedError as error:
            if error.status == 404:
                return False
            raise
        return True

    def token(self, namespace: str, name: str, audience: str) -> str:
        """A fresh token of a ServiceAccount for one audience, by TokenRequest."""
        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"audiences": [audience], "expirationSeconds": TOKEN_SECONDS},
        }
        answer = self._call("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token", body)
        token = _field(answer, "status", "token")
        SECRETS.learn(token)
        return token

    def _call(self, method: str, path: str, body: object = None) -> Mapping[str, Any]:
        try:
            answer = self._pool.request(
                method,
                f"{self._server}{path}",
                body=None if body is None else json.dumps(body).encode(),
                headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise ServerError(
                f"the Kubernetes API at {self._server} can't be reached ({type(error).__name__}); "
                "check endpoints.cluster.apiServer and caFile"
            ) from None
        except ValueError:
            raise InputError("the cluster's token has characters that no header may have") from None
        data = _object(answer.data)
        SECRETS.learn_from(data)
        if answer.status >= _FAILED:
            said = OutsideText.of_answer(data)
            raise RefusedError(f"{method} {path}: {answer.status} {said}", answer.status)
        if answer.status >= _REDIRECTED or data is None:
            raise ServerError(
                f"{method} {path}: HTTP {answer.status} and no object: the server at {self._server} is no "
                "Kubernetes API; check endpoints.cluster.apiServer"
            )
        return data


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        found: object = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else None


def _field(answer: Mapping[str, Any], *names: str) -> str:
    """A text at a path of names. Raises ServerError where there is none."""
    found: Any = answer
    for name in names:
        found = cast("Mapping[str, Any]", found).get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, str):
        raise ServerError(f"the Kubernetes API answered without {'.'.join(names)}")
    return found


def exec_token(file: Path) -> str:
    """The bearer token of a file with an ExecCredential."""
    return _token_of(file.read_text(), str(file))


def run_exec(command: str, arguments: tuple[str, ...], environment: Mapping[str, str]) -> str:
    """The bearer token that a kubeconfig's exec command prints. Raises ServerError."""
    try:
        done = subprocess.run(
            [command, *arguments],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServerError(f"{command} can't be run ({type(error).__name__}); install it") from None
    if done.returncode != 0:
        raise ServerError(f"{command} ended with {done.returncode}; log in to the cluster first")
    return _token_of(done.stdout, command)


def _token_of(text: str, source: str) -> str:
    found = _object(text.encode())
    status = found.get("status") if found else None
    token = cast("Mapping[str, object]", status).get("token") if isinstance(status, Mapping) else None
    if not isinstance(token, str):
        raise ServerError(f"{source} gives no ExecCredential with a token")
    SECRETS.learn(token)
    return token
