"""The CA of a PKI mount: a root, or the three steps of an intermediate.

Nothing on the server keeps a signing request; the engine's state does. Without a state, where a
mount has its CA already, the three steps change nothing and hand a mark along in the place of the
request, with the mount's path.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

from cryptography import x509

from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import Gone, HandlerError, Managed, Outcome, never
from workload_secrets.sandbox.deploy.vault import certificates
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider
from workload_secrets.sandbox.deploy.vault.times import read as read_time
from workload_secrets.sandbox.deploy.vault.times import seconds

_UNCHANGED: Final = "unchanged"
_NO_CA: Final = "no default issuer"

_READS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "ttl": read_time,
    "maxPathLength": lambda given: None if given == -1 else given,
}
"""Inputs as a certificate has them."""


class _Mount:
    """One PKI mount. Its certificates are public, so that reading them needs no right."""

    def __init__(self, call: Call, inputs: Inputs) -> None:
        self.vault: VaultProvider = call.provider
        self._looks = call.operation in ("read", "delete")
        self.path = inputs.text("backend").strip("/")
        self.namespace = inputs.optional_text("namespace") or ""

    def other(self, path: str) -> _Mount:
        """Another mount of the same Vault namespace."""
        found = copy.copy(self)
        found.path = path
        return found

    def certificate(self) -> x509.Certificate | None:
        """The CA that issues; None where the mount has none yet. Raises Gone where the mount is, and
        the engine's state has something of it."""
        accept = (400, 404) if self._looks else (400,)
        answer = self.vault.send("GET", f"{self.path}/cert/ca", namespace=self.namespace, accept=accept)
        if answer.status == 404:
            raise Gone(f"PKI mount {self.path}")
        if answer.status == 400:
            if _NO_CA in answer.said:
                return None
            raise HandlerError(f"Vault: GET {self.path}/cert/ca: 400 {answer.said}")
        return certificates.parse(str(answer.body["data"]["certificate"]))

    def issuers(self) -> Mapping[str, Mapping[str, Any]]:
        """By id, `is_default` and `key_id` of each issuer; `key_id` is empty without its key."""
        answer = self.vault.send("LIST", f"{self.path}/issuers", namespace=self.namespace, accept=(404,))
        return {} if answer.status == 404 else answer.body["data"]["key_info"]

    def issuer(self) -> Mapping[str, Any]:
        """`id` and `key_id` of the issuer that issues."""
        for identifier, about in self.issuers().items():
            if about["is_default"]:
                return {"id": identifier, "key_id": about["key_id"]}
        raise HandlerError(f"PKI mount {self.path} has no default issuer")

    def of_issuer(self, identifier: str) -> x509.Certificate | None:
        """The certificate of one issuer, whether or not it is the one that issues."""
        if identifier not in self.issuers():
            return None
        path = f"{self.path}/issuer/{identifier}/json"
        body = self.vault.send("GET", path, namespace=self.namespace).body
        return certificates.parse(str(body["data"]["certificate"]))

    def signed(self, serial: str) -> x509.Certificate | None:
        """A certificate that this mount signed, unless it is revoked or no longer kept."""
        path = f"{self.path}/cert/{serial}"
        answer = self.vault.send("GET", path, namespace=self.namespace, accept=(400, 404))
        if answer.status != 200 or answer.body["data"].get("revocation_time"):
            return None
        return certificates.parse(str(answer.body["data"]["certificate"]))

    def post(self, below: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = self.vault.send("POST", f"{self.path}/{below}", dict(body), namespace=self.namespace)
        return answer.body["data"]


def root(call: Call, inputs: Inputs) -> Outcome:
    """vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert with an internal key."""
    mount = _Mount(call, inputs)
    inputs.only("type", "internal")
    wanted, body = _asked(inputs)
    lifetime = body["ttl"] = seconds(inputs.text("ttl"))
    wanted["ttl"] = lifetime
    inputs.finish()

    mine = [call.id.rpartition("/")[2]] if call.id else []

    def there() -> x509.Certificate | None:
        return mount.of_issuer(mine[0]) if mine else mount.certificate()

    def read() -> Mapping[str, Any] | None:
        found = there()
        return None if found is None else certificates.facts(found, lifetime)

    def create() -> None:
        mine[:] = [str(mount.post("issuers/generate/root/internal", body)["issuer_id"])]

    what = f"root CA of PKI mount {mount.path}"

    def delete() -> None:
        mount.vault.send("DELETE", call.id or "", namespace=mount.namespace)

    managed = Managed(
        what=what,
        wanted=wanted,
        read=read,
        create=create,
        update=never(what),
        delete=delete,
        fixed=frozenset(wanted),
    )
    state, found = call.settle(managed)
    issuer = mine[0] if mine else str(mount.issuer()["id"])
    certificate = there() or _there(mount)
    outputs = {
        "id": f"{mount.path}/issuer/{issuer}",
        "backend": mount.path,
        **inputs.shown({name: name for name in wanted}, wanted, found, reads=_READS),
        "issuerId": issuer,
        "keyId": mount.issuers()[issuer]["key_id"],
        "certificate": certificates.text(certificate),
        "issuingCa": certificates.text(certificate),
        "serialNumber": certificates.serial(certificate),
    }
    return Outcome(state=state, outputs=outputs)


def request(call: Call, inputs: Inputs) -> Outcome:
    """vault:pkiSecret/secretBackendIntermediateCertRequest:SecretBackendIntermediateCertRequest."""
    mount = _Mount(call, inputs)
    inputs.only("type", "internal")
    wanted, body = _asked(inputs)
    inputs.finish()
    outputs = {"id": f"{mount.path}/issuers/generate/intermediate/internal", "backend": mount.path}
    outputs |= {"privateKey": "", "privateKeyType": ""}
    call.notes.not_enforced(
        "type, commonName, keyType, keyBits, excludeCnFromSans of a signing request: no server keeps it, "
        "the state alone does"
    )
    if call.operation == "read" and mount.certificate() is not None:
        keys = {about["key_id"] for about in mount.issuers().values()}
        if call.known.get("keyId") not in keys:
            raise Gone(f"the key of the signing request of PKI mount {mount.path}")
    if (kept := call.kept_by_state()) is not None:
        return kept
    found = mount.certificate() if call.operation == "apply" else None
    if found is not None:
        _require(mount, wanted, certificates.facts(found, 0))
        key = mount.issuer()["key_id"]
        mark = f"{_UNCHANGED} {mount.path}"
        return Outcome(state="same", outputs={**outputs, **wanted, "csr": mark, "keyId": key})
    answer = mount.post("issuers/generate/intermediate/internal", body)
    if answer.get("private_key"):
        raise HandlerError(f"PKI mount {mount.path} handed out the private key of its CA")
    csr = str(answer["csr"])
    asked = certificates.asked(csr)
    _require(mount, wanted, asked)
    mount.vault.signing_requests[mount.path] = csr
    shown = {name: asked[name] for name in wanted}
    return Outcome(state="created", outputs={**outputs, **shown, "csr": csr, "keyId": answer["key_id"]})


def _require(mount: _Mount, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    differs = sorted(name for name, value in wanted.items() if found[name] != value)
    if differs:
        raise HandlerError(
            f"PKI mount {mount.path} has a CA that differs in {', '.join(differs)}, which can't be changed "
            "in place: make another mount and move its roles there"
        )


def sign(call: Call, inputs: Inputs) -> Outcome:
    """vault:pkiSecret/secretBackendRootSignIntermediate:SecretBackendRootSignIntermediate."""
    mount = _Mount(call, inputs)
    csr, name = inputs.text("csr"), inputs.text("commonName")
    lifetime, length = seconds(inputs.text("ttl")), inputs.number("maxPathLength", -1)
    without = inputs.flag("excludeCnFromSans")
    inputs.finish()
    outputs: dict[str, Any] = {"id": f"{mount.path}/{name}", "backend": mount.path, "commonName": name}
    wanted = {"commonName": name, "ttl": lifetime, "pathLength": None if length == -1 else length}
    if call.operation == "read":
        return _signed(call, inputs, mount, wanted)
    if call.operation == "update":
        raise HandlerError(f"the ttl of certificate {name} stands in it and can't be changed: sign another")
    if (kept := call.kept_by_state()) is not None:
        return kept
    if csr.startswith(_UNCHANGED):
        marks = dict.fromkeys(("certificateBundle", "issuingCa", "serialNumber"), _UNCHANGED)
        there = certificates.text(_there(mount.other(csr.removeprefix(_UNCHANGED).strip())))
        return Outcome(state="same", outputs={**outputs, **marks, "certificate": there, "caChains": []})
    body = {
        "csr": csr,
        "common_name": name,
        "ttl": lifetime,
        "max_path_length": length,
        "exclude_cn_from_sans": without,
    }
    answer = mount.post("root/sign-intermediate", body)
    made, signer = certificates.parse(str(answer["certificate"])), _there(mount)
    made.verify_directly_issued_by(signer)
    facts = certificates.facts(made, lifetime)
    lost = sorted(key for key, value in wanted.items() if facts[key] != value)
    if lost:
        raise HandlerError(f"PKI mount {mount.path} signed {name} with another {', '.join(lost)}")
    chain = [certificates.text(signer), certificates.text(made)]
    outputs |= {
        **inputs.shown({"ttl": "ttl", "maxPathLength": "pathLength"}, wanted, facts, reads=_READS),
        "excludeCnFromSans": without and facts["excludeCnFromSans"],
        "certificate": certificates.text(made),
        "issuingCa": chain[0],
        "caChains": chain,
        "certificateBundle": "\n".join(reversed(chain)),
        "serialNumber": certificates.serial(made),
    }
    return Outcome(state="created", outputs=outputs)


def _signed(call: Call, inputs: Inputs, mount: _Mount, wanted: Mapping[str, Any]) -> Outcome:
    """The certificate that was signed, as the mount keeps it by its serial number. Raises Gone where
    it is revoked or removed, or the mount is."""
    found = mount.signed(str(call.known.get("serialNumber")))
    if found is None:
        raise Gone(f"certificate {wanted['commonName']} of PKI mount {mount.path}")
    facts = certificates.facts(found, int(wanted["ttl"]))
    names = {"commonName": "commonName", "ttl": "ttl", "maxPathLength": "pathLength"}
    shown = inputs.shown(names, wanted, facts, reads=_READS)
    outputs = {**call.known, **shown, "id": call.id, "certificate": certificates.text(found)}
    return Outcome(state="same", outputs=outputs)


def set_signed(call: Call, inputs: Inputs) -> Outcome:
    """vault:pkiSecret/secretBackendIntermediateSetSigned:SecretBackendIntermediateSetSigned."""
    mount = _Mount(call, inputs)
    given = inputs.text("certificate")
    inputs.finish()
    outputs = {"id": f"{mount.path}/intermediate/set-signed", "backend": mount.path, "certificate": given}
    if call.operation == "read":
        return _imported(call, mount, given)
    if (kept := call.kept_by_state()) is not None:
        return kept
    if call.operation == "apply" and mount.certificate() is not None:
        return Outcome(state="same", outputs={**outputs, "importedIssuers": [], "importedKeys": []})
    answer = mount.post("intermediate/set-signed", {"certificate": _chain(call, mount, given)})
    if not mount.issuer()["key_id"]:
        raise HandlerError(f"PKI mount {mount.path} has no key for the certificate it was given")
    imported: dict[str, Any] = {"importedIssuers": answer["imported_issuers"] or [], "importedKeys": []}
    return Outcome(state="created", outputs={**outputs, **imported})


def _imported(call: Call, mount: _Mount, given: str) -> Outcome:
    """What was given where it, or what stands in for it, issues; else the CA that does."""
    there = mount.certificate()
    mine = set(call.known.get("importedIssuers") or ())
    if there is None or not mine & mount.issuers().keys():
        raise Gone(f"the CA of PKI mount {mount.path}")
    issues = mount.issuer()["id"] in mine
    shown = given if issues else certificates.text(there)
    return Outcome(state="same", outputs={**call.known, "id": call.id, "certificate": shown})


def _chain(call: Call, mount: _Mount, given: str) -> str:
    """What an external CA signed belongs to a key that only the real mount has; here a CA of the
    sandbox signs this mount's own request."""
    csr = mount.vault.signing_requests.get(mount.path)
    if csr is None or certificates.belongs(given, csr):
        return given
    call.notes.substitution(
        f"certificate of the external CA for PKI mount {mount.path} → one that a CA of the sandbox signs"
    )
    return certificates.signed_elsewhere(csr, given)


def _there(mount: _Mount) -> x509.Certificate:
    found = mount.certificate()
    if found is None:
        raise HandlerError(f"PKI mount {mount.path} has no CA")
    return found


def _asked(inputs: Inputs) -> tuple[dict[str, Any], dict[str, Any]]:
    """Name and key of a CA, as `certificates.facts` names them and as the API does."""
    name, kind, bits = inputs.text("commonName"), inputs.text("keyType"), inputs.number("keyBits", 0)
    without = inputs.flag("excludeCnFromSans")
    wanted = {"commonName": name, "keyType": kind, "keyBits": bits}
    if without:  # else it depends on the name: only one that could be a host's is added
        wanted["excludeCnFromSans"] = True
    body = {"common_name": name, "key_type": kind, "key_bits": bits, "exclude_cn_from_sans": without}
    return wanted, body
