"""A checkout may hold anything where the tool writes. No command follows it, removes it or ends
what it names."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workload_secrets.cli import sandbox as sandbox_cli
from workload_secrets.cli.main import run
from workload_secrets.errors import Exit
from workload_secrets.sandbox.process import Process, identity_of

PROJECT = Path(__file__).parents[2]
STACK_FILE = sandbox_cli.STACK_FILE
COMMANDS = {
    "rehearse": ["rehearse", "dev"],
    "up": ["sandbox", "up", "dev", "--name", "mine"],
    "down": ["sandbox", "down", "--name", "mine"],
    "status": ["sandbox", "status"],
}
EVERY = pytest.mark.parametrize("command", COMMANDS)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of this project in which no server can start, so that a command that refuses nothing
    ends with 5."""
    made = tmp_path / "project"
    made.mkdir()
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py"):
        shutil.copy(PROJECT / name, made / name)
    shutil.copytree(PROJECT / "certs", made / "certs")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", "/nonexistent")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return made


@pytest.fixture
def others(tmp_path: Path) -> Path:
    """Folders of the user's that have nothing to do with the project."""
    made = tmp_path / "others"
    for name in ("mine", "photos"):
        (made / name).mkdir(parents=True)
        (made / name / "kept").write_text("kept")
    made.chmod(0o755)
    return made


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"], start_new_session=True)
    yield child
    child.kill()
    child.wait()


def ended(command: str, project: Path) -> int:
    return run([*COMMANDS[command], "--project", str(project)])


def kept(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of everything in a folder, and its own mode; but for Python's own cache."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in [folder, *folder.rglob("*")]
        if "__pycache__" not in path.parts
    }


def _link(path: Path, others: Path) -> None:
    path.symlink_to(others)


def _link_to_file(path: Path, others: Path) -> None:
    path.symlink_to(others / "photos" / "kept")


def _dangling(path: Path, others: Path) -> None:
    path.symlink_to(others / "missing")


@EVERY
@pytest.mark.parametrize("plant", [_link, _link_to_file, _dangling])
def test_a_link_in_the_place_of_the_sandboxes_is_refused(
    project: Path,
    others: Path,
    command: str,
    plant: Callable[[Path, Path], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    plant(project / ".sandbox", others)
    before = kept(others)
    assert ended(command, project) == Exit.INPUT
    assert kept(others) == before
    message = capsys.readouterr().err
    assert f"{project / '.sandbox'}: a link to {others}" in message
    assert "remove it" in message


@pytest.mark.parametrize("command", ["up", "down"])
@pytest.mark.parametrize("plant", [_link, _link_to_file, _dangling])
def test_a_link_in_the_place_of_a_sandbox_is_refused(
    project: Path,
    others: Path,
    command: str,
    plant: Callable[[Path, Path], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    (project / ".sandbox").mkdir()
    plant(project / ".sandbox" / "mine", others)
    before = kept(others)
    assert ended(command, project) == Exit.INPUT
    assert kept(others) == before
    assert (project / ".sandbox" / "mine").is_symlink()
    assert "not a sandbox that you started here" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["rehearse", "up", "down"])
def test_a_link_in_the_place_of_the_lock_is_refused(project: Path, others: Path, command: str) -> None:
    (project / ".sandbox").mkdir()
    (project / ".sandbox" / ".lock").symlink_to(others / "photos" / "kept")
    before = kept(others)
    assert ended(command, project) == Exit.INPUT
    assert kept(others) == before


@EVERY
def test_folders_that_are_no_sandboxes_stay_and_are_named(
    project: Path, others: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.move(others, project / ".sandbox")
    (project / ".sandbox" / "linked").symlink_to("/etc")
    before = kept(project / ".sandbox")
    # `up` and `down` name the folder `mine`, which a rehearsal passes by until its servers can't start.
    expected = {"rehearse": Exit.SERVER, "up": Exit.INPUT, "down": Exit.INPUT, "status": Exit.OK}
    assert ended(command, project) == expected[command]
    (project / ".sandbox" / ".lock").unlink(missing_ok=True)
    assert kept(project / ".sandbox") == before
    message = capsys.readouterr().err
    for name in ("mine",) if command == "down" else ("mine", "photos", "linked"):
        assert f"{project / '.sandbox' / name}: " in message


def _committed(folder: Path, process: Process) -> None:
    """The best that a commit can do: true names of a process, in every file that names one."""
    (folder / "pids").mkdir(parents=True)
    known = json.dumps({"pid": process.pid, "identity": process.identity, "seal": "0" * 64})
    for name in ("starter.json", "supervisor.json", "pids/part.json"):
        (folder / name).write_text(known)
    cluster = {"name": "dev", "admin_token_file": "/etc/shadow"}
    made = {
        "name": "mine",
        "folder": "/",
        "clusters": {"dev": cluster},
        "vault_address": "https://evil.example",
    }
    (folder / "sandbox.json").write_text(json.dumps({**made, "seal": "0" * 64}))


@EVERY
@pytest.mark.parametrize("mode", [0o755, 0o700])
@pytest.mark.parametrize("supervisor", ["lives", "is gone"])
def test_a_committed_sandbox_ends_no_process_and_is_not_believed(
    project: Path,
    sleeper: subprocess.Popen[bytes],
    command: str,
    mode: int,
    supervisor: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    identity = identity_of(sleeper.pid)
    assert identity is not None
    folder = project / ".sandbox" / "mine"
    _committed(folder, Process(pid=sleeper.pid, identity=identity))
    if supervisor == "is gone":
        (folder / "supervisor.json").unlink()
    folder.chmod(mode)
    before = kept(folder)
    assert ended(command, project) != Exit.INTERNAL
    assert sleeper.poll() is None
    assert kept(folder) == before
    shown = capsys.readouterr()
    assert "evil.example" not in shown.out + shown.err
    assert "not a sandbox that you started here" in shown.err


@pytest.mark.parametrize("name", ["", "..", ".", "../others", "/nonexistent/x", "A", "x" * 41, "a\n"])
@pytest.mark.parametrize("command", ["up", "down"])
def test_a_name_that_leads_elsewhere_is_refused(
    project: Path, others: Path, command: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / ".sandbox").mkdir()
    (project / ".sandbox" / "x").mkdir()
    before = kept(project), kept(others)
    verb = ["sandbox", command, *(["dev"] if command == "up" else []), "--name", name]
    assert run([*verb, "--project", str(project)]) == Exit.INPUT
    assert (kept(project), kept(others)) == before
    assert "must be lower-case letters, digits and hyphens" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
@EVERY
def test_another_users_folder_is_refused(
    project: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / ".sandbox").mkdir(mode=0o700)
    os.chown(project / ".sandbox", 12345, -1)
    assert ended(command, project) == Exit.INPUT
    assert "of user id 12345" in capsys.readouterr().err


def test_a_project_reached_by_a_link_works(project: Path, tmp_path: Path) -> None:
    (tmp_path / "here").symlink_to(project)
    assert ended("rehearse", tmp_path / "here") == Exit.SERVER
    assert [path.name for path in (project / ".sandbox").iterdir()] == [".lock"]
    assert ended("status", tmp_path / "here") == Exit.OK
    assert ended("down", tmp_path / "here") == Exit.OK


def test_down_without_any_sandbox_makes_nothing(project: Path) -> None:
    assert ended("down", project) == Exit.OK
    assert not (project / ".sandbox").exists()


def _own_file(path: Path, others: Path) -> None:
    path.write_text("config:\n  workload-secrets:environment: sandbox\n")


def _other_encoding(path: Path, others: Path) -> None:
    path.write_bytes(b"\xff\xfe")


def _folder(path: Path, others: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    "plant", [_link, _link_to_file, _dangling, _own_file, _other_encoding, _folder], ids=lambda f: f.__name__
)
def test_a_stack_file_that_up_did_not_write_stays(
    project: Path, others: Path, plant: Callable[[Path, Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    plant(project / STACK_FILE, others)
    before = kept(others), kept(project)
    assert ended("up", project) == Exit.INPUT
    assert (kept(others), kept(project)) == before
    assert f"{STACK_FILE}: " in (message := capsys.readouterr().err)
    assert "not written by `sandbox up`" in message


@pytest.mark.parametrize("plant", [_link, _link_to_file, _dangling, _own_file, _other_encoding, _folder])
def test_down_leaves_a_stack_file_that_up_did_not_write(
    project: Path, others: Path, monkeypatch: pytest.MonkeyPatch, plant: Callable[[Path, Path], None]
) -> None:
    monkeypatch.setattr(sandbox_cli, "down", lambda *_: True)
    (others / "photos" / "kept").write_text(sandbox_cli._mark("mine"))
    plant(project / STACK_FILE, others)
    before = kept(others), kept(project)
    assert ended("down", project) == Exit.OK
    assert (kept(others), kept(project)) == before


@pytest.mark.parametrize("plant", [_link, _link_to_file, _dangling, _folder])
def test_a_deck_file_is_not_written_through_a_link(
    tmp_path: Path, others: Path, plant: Callable[[Path, Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    (others / "photos" / "kept").write_text("# Written by workload-secrets kong deck")
    plant(tmp_path / "kong.yaml", others)
    before = kept(others)
    stack = str(PROJECT / "tests" / "stacks" / "gateways.yaml")
    command = ["kong", "deck", stack, "--output", str(tmp_path / "kong.yaml"), "--project", str(PROJECT)]
    assert run(command) == Exit.INPUT
    assert kept(others) == before
    assert "this file wasn't written by kong deck, and it stays as it is" in capsys.readouterr().err


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "XDG_STATE_HOME"])
@pytest.mark.parametrize("given", ["relative", "/proc/nowhere"])
def test_a_folder_of_the_users_that_cannot_be_used_is_named(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    given: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("KUBEBUILDER_ASSETS")
    monkeypatch.setenv(variable, given)
    assert ended("rehearse", project) == Exit.INPUT
    assert f"set {variable} to " in capsys.readouterr().err
    assert {path.name for path in (project / ".sandbox").glob("*")} <= {".lock"}
