"""The sandbox's AWS endpoint: HTTPS before the emulator, with the checks it lacks.

 - AssumeRoleWithWebIdentity: the token's signature, times, issuer and single audience;
 - root keys: the signature (the emulator takes any);
 - values of secrets under a customer key: the caller's rights on the key;
 - rights that the emulator checks against another resource than AWS does (`exact`);
 - secrets without a value: they have no version;
 - rotation of secrets: the emulator would make a version at once.

Everything else goes through as it came. Runs as `python -m workload_secrets.sandbox.aws.front
SETTINGS`; the settings are what `server.front` writes.
"""

from __future__ import annotations

import functools
import http.client
import json
import re
import socket
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape

from workload_secrets.aws_session import apart
from workload_secrets.outside import SECRETS, OutsideText
from workload_secrets.sandbox.aws import exact, signature
from workload_secrets.sandbox.aws.kms_check import KmsCheck
from workload_secrets.sandbox.aws.request import Request, Settings
from workload_secrets.sandbox.aws.rotation import OPERATIONS, Rotations
from workload_secrets.sandbox.aws.versions import EmptyVersions
from workload_secrets.sandbox.aws.web_identity import Denied, checked
from workload_secrets.sandbox.ports import LOOPBACK

_TIMEOUT_SECONDS: Final = 60
_DROPPED: Final = frozenset(
    {"connection", "keep-alive", "expect", "te", "trailer", "upgrade", "content-length", "transfer-encoding"}
)
_SESSION: Final = re.compile(rb"<AccessKeyId>([^<]+)</AccessKeyId>")
_SESSION_ARN: Final = re.compile(rb"<Arn>(arn:[^<]*:assumed-role/[^<]+)</Arn>")
_UNSIGNED: Final = "AssumeRoleWithWebIdentity"
# Operations that change no policy, no key and no secret's key; all others end what was read.
_HARMLESS: Final = ("Get", "List", "Describe", "Simulate", "Assume", "PutSecretValue", "Decrypt", "Generate")
_REST: Final = ("/clusters", "/tags/")
_ASSUMES: Final = frozenset({"AssumeRole", _UNSIGNED})


class Front:
    """The checks, shared by all connections."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        SECRETS.learn(*settings.accounts.values())
        self._kms = KmsCheck(self._client, tuple(settings.accounts))
        self._versions = EmptyVersions(self._client)
        self._rotations = Rotations(self._client, self._kms.may)

    @functools.cache  # noqa: B019 - one front lives as long as the process
    def _client(self, service: str, account: str, region: str) -> Any:
        session = apart(
            aws_access_key_id=account,
            aws_secret_access_key=self._settings.accounts[account],
            region_name=region,
        )
        make: Any = session.client  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        return make(service, endpoint_url=f"http://{LOOPBACK}:{self._settings.upstream}")

    def admitted(self, request: Request) -> Request:
        """The request to pass on. Raises Denied."""
        if urlsplit(request.target).path.startswith("/_"):
            raise Denied("AccessDenied", "the emulator's own paths are not offered", 403)
        form = request.form if "x-amz-target" not in request.headers else {}
        if form.get("Action") in _ASSUMES and ("Policy" in form or "PolicyArns.member.1.arn" in form):
            raise Denied("NotImplemented", "session policies are not offered by the sandbox")
        if form.get("Action") == _UNSIGNED:
            form["WebIdentityToken"] = checked(form.get("WebIdentityToken", ""), self._settings.keys)
            path = urlsplit(request.target).path
            headers = {**request.headers, "content-type": "application/x-www-form-urlencoded"}
            return Request("POST", path, headers, urlencode(form).encode())
        signature.check_root(
            self._settings.accounts, request.method, request.target, request.headers, request.body
        )
        service, operation = request.target_operation
        if service == "secretsmanager":
            body: Any = json.loads(request.body or b"{}")
            key, region = signature.access_key(request.headers), signature.region_of(request.headers)
            if key is not None and region is not None:
                self._kms.check(operation, body, key, region)
        return request

    def own_answer(self, request: Request) -> tuple[int, bytes] | None:
        """The answer to what the emulator does wrongly as a whole; None for all else."""
        service, operation = request.target_operation
        key, region = signature.access_key(request.headers), signature.region_of(request.headers)
        if service != "secretsmanager" or operation not in OPERATIONS or key is None or region is None:
            return None
        return self._rotations.answer(operation, json.loads(request.body or b"{}"), key, region)

    def decided(self, request: Request) -> Request | None:
        """The request as the account's root makes it, where its caller has every right that AWS asks
        for and the emulator may refuse it all the same. None where the emulator decides. Raises
        Denied where a right is missing that the emulator doesn't ask for."""
        key, region = signature.access_key(request.headers), signature.region_of(request.headers)
        if key is None or region is None or not key.startswith(("AKIA", "ASIA")):
            return None
        account = self._kms.account_of(key, region)
        if account is None:
            return None  # The emulator refuses a key that it doesn't know.
        place = exact.Place(
            account=account, region=region, boundary_of=functools.partial(self._boundary, account, region)
        )
        wanted = exact.asked(request, place)
        for asked in wanted:
            if asked.key:
                may = self._kms.may_with_key(key, region, asked.action, asked.key)
            else:
                may = self._kms.may(key, region, asked.action, asked.resource, asked.context) is not None
            if not may:
                code = "AccessDenied" if "Action" in request.form else "AccessDeniedException"
                raise Denied(code, f"not authorized to perform {asked.action} on {asked.resource}", 403)
        if not any(asked.own for asked in wanted):
            return None
        root = signature.as_root(request.headers, account)
        return Request(request.method, request.target, root, request.body)

    def _boundary(self, account: str, region: str, role: str) -> str | None:
        iam = self._client("iam", account, region)
        try:
            found = iam.get_role(RoleName=role)["Role"]
        except iam.exceptions.NoSuchEntityException:
            return None
        return found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")

    def forget_if_changing(self, request: Request) -> None:
        """Drops what the KMS check has read, where the request may change that."""
        operation = request.target_operation[1] or request.form.get("Action", "")
        if not operation.startswith(_HARMLESS):
            self._kms.forget()

    def corrected(self, request: Request, status: int, body: bytes) -> tuple[int, bytes]:
        """The answer as AWS would give it."""
        service, operation = request.target_operation
        if service != "secretsmanager":
            return status, body
        status, body = self._versions.answer(operation, json.loads(request.body or b"{}"), status, body)
        return status, self._rotations.described(operation, status, body)

    def answered(self, request: Request, status: int, body: bytes) -> None:
        """Remembers whose sessions STS handed out."""
        if status != http.client.OK or b"AssumedRoleUser" not in body:
            return
        key, arn = _SESSION.search(body), _SESSION_ARN.search(body)
        if key and arn:
            self._kms.learn(key.group(1).decode(), arn.group(1).decode())


class Handler(BaseHTTPRequestHandler):
    """One client connection, with one to the emulator behind it."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 120
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]
    _upstream: http.client.HTTPConnection | None = None

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            if "transfer-encoding" in headers:
                raise Denied("MissingContentLength", "the request has no Content-Length", 411)
            body = self.rfile.read(int(headers.get("content-length", "0")))
            request = self.server.front.admitted(Request(self.command, self.path, headers, body))
            own = self.server.front.own_answer(request)
            as_root = None if own is not None else self.server.front.decided(request)
        except Denied as denied:
            self._refuse(denied, "x-amz-target" in headers or self.path.startswith(_REST))
            return
        except Exception as error:
            self.log_error("%s: %s", type(error).__name__, OutsideText(error))
            self._refuse(Denied("InternalFailure", f"sandbox: {type(error).__name__}", 500), True)
            return
        if own is not None:
            self._send(own[0], [("Content-Type", "application/x-amz-json-1.1")], own[1])
            return
        self.server.front.forget_if_changing(request)
        status, answer_headers, answer = self._pass_on(request)
        if as_root is not None and status == http.client.FORBIDDEN and b"AccessDenied" in answer:
            status, answer_headers, answer = self._pass_on(as_root)
        self.server.front.forget_if_changing(request)
        self.server.front.answered(request, status, answer)
        status, answer = self.server.front.corrected(request, status, answer)
        self._send(status, answer_headers, answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _serve  # noqa: N815

    def _pass_on(self, request: Request) -> tuple[int, list[tuple[str, str]], bytes]:
        for last in (False, True):
            connection = self._upstream or http.client.HTTPConnection(
                LOOPBACK, self.server.settings.upstream, timeout=_TIMEOUT_SECONDS
            )
            self._upstream = connection
            try:
                connection.putrequest(
                    request.method, request.target, skip_host=True, skip_accept_encoding=True
                )
                for name, value in request.headers.items():
                    if name not in _DROPPED and not name.startswith("x-forwarded"):
                        connection.putheader(name, value)
                connection.putheader("x-forwarded-proto", "https")
                connection.putheader("content-length", str(len(request.body)))
                connection.endheaders(request.body)
                answer = connection.getresponse()
                return answer.status, answer.getheaders(), answer.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                # The emulator closed an idle connection: nothing was handled, so ask once more.
                connection.close()
                self._upstream = None
                if last:
                    raise
        raise AssertionError("unreachable")

    def _refuse(self, denied: Denied, json_protocol: bool) -> None:
        message = str(denied)
        if json_protocol:
            body = json.dumps({"__type": denied.code, "message": message, "Message": message}).encode()
            kind = "application/x-amz-json-1.1"
        else:
            error = f"<Type>Sender</Type><Code>{denied.code}</Code><Message>{escape(message)}</Message>"
            body = f"<ErrorResponse><Error>{error}</Error></ErrorResponse>".encode()
            kind = "text/xml"
        self._send(denied.status, [("Content-Type", kind), ("x-amzn-ErrorType", denied.code)], body)

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _DROPPED:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def finish(self) -> None:
        """Closes both connections."""
        if self._upstream is not None:
            self._upstream.close()
        super().finish()


class Server(ThreadingHTTPServer):
    """Listens with TLS; each connection shakes hands in its own thread."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, settings: Settings) -> None:
        super().__init__((LOOPBACK, settings.port), Handler)
        self.settings = settings
        self.front = Front(settings)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(settings.certificate, settings.key)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accepts a connection without waiting for its handshake."""
        accepted, address = super().get_request()
        return self._tls.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are no fault; anything else is logged by its kind alone."""
        kind = sys.exc_info()[0]
        if kind is not None and not issubclass(kind, (OSError, ssl.SSLError)):
            sys.stderr.write(f"front: {kind.__name__}\n")


def main(arguments: list[str]) -> None:
    """Entry point of the front's process."""
    Server(Settings.read(Path(arguments[0]))).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
