"""Audit devices: OpenBao takes them from its server's text alone."""

from __future__ import annotations

from workload_secrets.sandbox import substitutes
from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import HandlerError, Outcome

_OPTIONS = {
    "file": {"file_path", "mode"},
    "socket": {"address", "socket_type"},
    "syslog": {"facility", "tag"},
}
_LOGGED = {"log_raw": "false", "hmac_accessor": "true", "elide_list_responses": "true"}


def audit_device(call: Call, inputs: Inputs) -> Outcome:
    """vault:index/audit:Audit. Nothing is made: the server in Vault's place refuses it.

    https://openbao.org/docs/audit/ (API creation needs unsafe_allow_api_audit_creation)
    """
    kind, path = inputs.text("type"), inputs.text("path")
    options, description = inputs.mapping("options"), inputs.optional_text("description")
    inputs.only("local", False)
    inputs.finish()
    call.notes.declared_only(substitutes.audit_device(path, kind))
    if (kept := call.kept_by_state()) is not None:
        return kept
    if kind not in _OPTIONS:
        raise HandlerError(f"input type is {kind}: known are {', '.join(sorted(_OPTIONS))}")
    unknown = sorted(options.keys() - _OPTIONS[kind] - _LOGGED.keys())
    if unknown:
        raise HandlerError(f"no handler for option {', '.join(unknown)} of an audit device of type {kind}")
    wrong = sorted(name for name, value in _LOGGED.items() if options.get(name) != value)
    if wrong:
        raise HandlerError(
            f"audit device {path}: {', '.join(wrong)} must be written out, as Vault's page advises"
        )
    outputs = {"id": path, "path": path, "type": kind, "options": options, "description": description}
    return Outcome(state="same", outputs=outputs)
