"""Stack files with encryption keys that are refused, each with the whole message."""

from __future__ import annotations

from typing import Any

import pytest

from components.config.errors import ConfigError
from components.config.load import parse
from tests.stacks.read import ROOT, changed

KEY = "secrets/pii"
CASES: list[tuple[str, dict[str, Any], str]] = [
    (
        "a key that can leave",
        {f"{KEY}/exportable": True},
        "secrets.pii.exportable: got true, without a reason; allowed: false, or a reason beside it; remedy: "
        "remove exportable, or write in reason why and until when; an exported key can't be called back",
    ),
    (
        "a key that can vanish in production",
        {f"{KEY}/deletionAllowed": True, f"{KEY}/reason": "the last customer leaves in May"},
        "secrets.pii.deletionAllowed: got true; allowed: false in production; remedy: remove the key: "
        "with it "
        "goes all that it encrypted; retire it by minDecryptionVersion",
    ),
    (
        "a key that can vanish, without a reason",
        {f"{KEY}/deletionAllowed": True, "tier": "development"},
        "secrets.pii.deletionAllowed: got true, without a reason; allowed: false, or a reason beside it; "
        "remedy: remove deletionAllowed, or write in reason why and until when",
    ),
    (
        "a rotation that the server refuses",
        {f"{KEY}/autoRotateSeconds": 60},
        "secrets.pii.autoRotateSeconds: got 60; allowed: 0 (never), or 3600 to 315360000 seconds; "
        "remedy: the "
        "server rotates hourly at most; write 0 to rotate by hand",
    ),
    (
        "encryption that nobody could decrypt",
        {f"{KEY}/minDecryptionVersion": 3, f"{KEY}/minEncryptionVersion": 2},
        "secrets.pii.minEncryptionVersion: got 2; allowed: 0 (the newest), or at least minDecryptionVersion, "
        "3; remedy: remove the key: nobody could read what older versions encrypt",
    ),
    (
        "the same ciphertext by RSA",
        {"secrets/lookup/type": "rsa-3072"},
        "secrets.lookup.convergent: got true; allowed: false for rsa-3072; remedy: use type: "
        "aes256-gcm96, or "
        "remove the key",
    ),
    (
        "a type that signs",
        {f"{KEY}/type": "ed25519"},
        "secrets.pii.type: got \"ed25519\"; allowed: 'aes256-gcm96', 'aes128-gcm96', 'chacha20-poly1305', "
        "'xchacha20-poly1305', 'rsa-3072' or 'rsa-4096'; remedy: use one of these",
    ),
    (
        "a type that Vault has not",
        {f"{KEY}/type": "xchacha20-poly1305", "facts/vault/product": "vault", "facts/vault/version": "1.20"},
        'secrets.pii.type: got "xchacha20-poly1305"; allowed: a type that vault 1.20 has; remedy: use '
        "aes256-gcm96 or chacha20-poly1305",
    ),
    (
        "an unknown mount",
        {f"{KEY}/mount": "keyz"},
        'secrets.pii.mount: got "keyz"; allowed: a key of shared.transitMounts: keys; remedy: declare the '
        "mount in shared.transitMounts, or correct the name",
    ),
    (
        "a key by a wildcard",
        {f"{KEY}/key": "*"},
        'secrets.pii.key: got "*"; allowed: 1 to 128 letters, digits and _.-, a letter or digit at both '
        "ends; "
        "remedy: name one key exactly, without wildcards and slashes",
    ),
    (
        "a key that two secrets have",
        {"secrets/other": {"backend": "transit", "mount": "keys", "key": "pii"}},
        'secrets.other.key: got "pii"; allowed: a place that no other secret has; remedy: secrets.pii '
        "is kept "
        "there; give one of them another key",
    ),
    (
        "use without a verb",
        {"workloads/rewrapper/reads": ["pii"]},
        'workloads.rewrapper.reads: got "pii"; allowed: a verb of transit: encrypt, decrypt, rewrap; remedy: '
        "write {secret: pii, verb: encrypt}, one entry for each verb",
    ),
]


@pytest.mark.parametrize(("change", "line"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_it_is_refused_in_these_words(change: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(changed("engines", change), file="engines.yaml", folder=ROOT)
    assert str(refused.value).splitlines() == [f"engines.yaml: {line}"]


def test_with_a_reason_a_key_may_leave() -> None:
    given = {f"{KEY}/exportable": True, f"{KEY}/reason": "escrow of the auditor, until 2027-01"}
    config = parse(changed("engines", given), file="engines.yaml", folder=ROOT)
    assert config.secrets["pii"].model_dump()["exportable"] is True
