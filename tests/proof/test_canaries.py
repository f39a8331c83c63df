"""The values of a rehearsal stand nowhere but in the storage of the servers.

The rehearsal runs in a copy with two planted lines: one keeps the sandbox's folder as it is
just before it is removed, the other prints a value, to show that the search would find it.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from tests.proof import leaks, scratch
from tests.proof.scratch import Edit, Run
from workload_secrets.access.canary import PREFIX

STORAGE: Final = ("openbao/data/", "ministack/")
"""Where servers keep what they are given, below a sandbox's folder."""
KEEP: Final = Edit(
    "workload_secrets/cli/rehearse.py",
    "            down(name, root)\n",
    "            os.system(f'cp -r {root} {folder.parent}/kept 2>/dev/null'); down(name, root)\n",
)
LEAK: Final = Edit(
    "workload_secrets/access/canary.py",
    'return allowed("wrote canaries")',
    'return allowed(f"wrote {values}")',
)
UNMASKED: Final = Edit(
    "workload_secrets/cli/console.py", "_put(sys.stdout, SECRETS.masked(text))", "_put(sys.stdout, text)"
)
"""Else the terminal's own masking takes the value out again."""


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    folder = tmp_path_factory.mktemp("canaries")
    copy = scratch.copy(folder / "project", [KEEP])
    return folder, copy.rehearse("dev")


@pytest.mark.parametrize("before", ["", "a", "ab", "{'k': '"])
def test_the_search_finds_a_canary_in_every_encoding(before: str, tmp_path: Path) -> None:
    text = f"{before}{PREFIX}Zm9v/+x rest"
    samples = {
        "raw": text.encode(),
        "base64": base64.b64encode(text.encode()),
        "base64url": base64.urlsafe_b64encode(text.encode()),
        "url": quote(text, safe="").encode(),
        "hex": text.encode().hex().encode(),
    }
    for name, data in samples.items():
        assert leaks.holds_canary(b"\0log " + data), name
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(samples["base64"])
    assert list(leaks.files_with_canary(tmp_path)) == ["deep/file"]
    assert not leaks.holds_canary(b"ws-canar y-")


@pytest.mark.sandbox
def test_the_output_of_a_rehearsal_holds_no_canary(rehearsed: tuple[Path, Run]) -> None:
    _, run = rehearsed
    assert run.code == 0, run.err[-2000:]
    assert "canaries written to 4 secrets" in run.err
    assert not leaks.holds_canary(run.out.encode())
    assert not leaks.holds_canary(run.err.encode())


@pytest.mark.sandbox
def test_no_file_of_the_project_holds_a_canary_afterwards(rehearsed: tuple[Path, Run]) -> None:
    folder, _ = rehearsed
    found = set(leaks.files_with_canary(folder / "project"))
    # The module that defines how a canary begins, and its compiled form.
    assert {name for name in found if not Path(name).match("canary.*")} == set()


@pytest.mark.sandbox
def test_while_it_runs_only_the_servers_storage_holds_canaries(rehearsed: tuple[Path, Run]) -> None:
    """Logs, audit logs, handles and credentials of the sandbox hold none."""
    folder, _ = rehearsed
    (kept,) = (path for path in (folder / "kept").iterdir() if path.is_dir())
    logs = {path.name for path in (kept / "logs").iterdir()}
    assert {"openbao.log", "supervisor.log"} <= logs, "the folder was not kept while the servers ran"
    assert list((kept / "engine" / "dev" / "logs").iterdir()), "the engine's logs were not kept"
    assert (kept / "openbao" / "audit.log").stat().st_size > 0
    leaked = [name for name in leaks.files_with_canary(kept) if not name.startswith(STORAGE)]
    assert leaked == []


@pytest.mark.sandbox
def test_a_value_in_a_reason_would_be_found(tmp_path: Path) -> None:
    run = scratch.copy(tmp_path / "project", [LEAK, UNMASKED]).rehearse("dev")
    assert leaks.holds_canary(run.out.encode())
