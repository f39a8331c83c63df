"""Nothing is written, read or removed through a link, nor in a folder of somebody else's."""

from __future__ import annotations

import ast
import os
import stat
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from workload_secrets import files
from workload_secrets.errors import InputError

TOOL = Path(files.__file__).parent
WRITES = {
    "write_text",
    "write_bytes",
    "mkdir",
    "makedirs",
    "rmtree",
    "touch",
    "symlink_to",
    "fdopen",
    "rename",
}
OWN_WAYS = {
    "files.py": "the only one that may",
    "access/usage/holders.py": "a temporary folder",
    "access/usage/delivered/operator.py": "a temporary folder",
    "graph/process.py": "a pipe",
    "sandbox/go.py": "removes the compiler's caches, in a folder that was checked",
    "sandbox/postgres.py": "adds to the configuration of a database cluster that it has just made",
    "sandbox/state.py": "makes the folder of a sandbox, which must not exist",
}
NOT_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that no test may change, with a file in it."""
    made = tmp_path / "outside"
    made.mkdir(mode=0o755)
    (made / "kept").write_text("kept")
    return made


def _link(path: Path, outside: Path) -> None:
    path.symlink_to(outside)


def _link_to_file(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "kept")


def _dangling(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "missing")


def _loop(path: Path, outside: Path) -> None:
    path.symlink_to(path)


def _file(path: Path, outside: Path) -> None:
    path.write_text("")


def _pipe(path: Path, outside: Path) -> None:
    os.mkfifo(path)


def _folder(path: Path, outside: Path) -> None:
    path.mkdir()


LINKS = [_link, _link_to_file, _dangling, _loop]


@pytest.mark.parametrize("plant", [*LINKS, _file, _pipe])
def test_a_folder_that_is_none_is_refused(
    tmp_path: Path, outside: Path, plant: Callable[[Path, Path], None]
) -> None:
    path = tmp_path / ".sandbox"
    plant(path, outside)
    with pytest.raises(InputError, match=r"\.sandbox: .*must be a folder, no link.*remove it"):
        files.private_folder(path)
    assert [entry.name for entry in outside.iterdir()] == ["kept"]
    assert stat.S_IMODE(outside.stat().st_mode) == 0o755


def test_the_message_says_where_a_link_leads_without_steering_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "x").symlink_to("/etc/\x1b[31mred")
    with pytest.raises(InputError) as refused:
        files.private_folder(tmp_path / "x")
    assert r"a link to /etc/\u001b[31mred" in str(refused.value)


def test_a_missing_folder_is_made_for_this_user_alone(tmp_path: Path) -> None:
    made = files.private_folder(tmp_path / "a" / "b")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (made, made.parent)] == [0o700, 0o700]


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)
    files.private_folder(tmp_path / "a")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o755


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777, 0o1777])
def test_a_folder_that_others_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(mode)
    with pytest.raises(InputError, match=r"no other user can write to.*chmod go-w"):
        files.private_folder(tmp_path / "a")


def test_a_folder_above_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "here").symlink_to(tmp_path / "real")
    files.private_folder(tmp_path / "here" / "a")
    assert (tmp_path / "real" / "a").is_dir()


@NOT_ROOT
@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_belongs_to_another_user_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    path.mkdir() if kind == "folder" else path.touch()
    os.chown(path, 12345, -1)
    with pytest.raises(InputError, match=r"of user id 12345.*belongs to you.*run this as its owner"):
        files.private_folder(path) if kind == "folder" else files.check_file(path)
    if kind == "file":
        with pytest.raises(InputError, match="of user id 12345"):
            files.open_to_append(path)


def test_a_folder_seen_as_another_users_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    monkeypatch.setattr(files.os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(InputError, match="belongs to you"):
        files.private_folder(tmp_path / "a")


def test_a_path_that_climbs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must not hold `\.\.`"):
        files.private_folder(tmp_path / ".." / "a")


def test_a_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"can't be made \(Not a directory\); set X"):
        files.private_folder(tmp_path / "file" / "a", "set X")


@pytest.mark.parametrize("plant", LINKS)
def test_a_written_file_takes_the_place_of_a_link(
    tmp_path: Path, outside: Path, plant: Callable[[Path, Path], None]
) -> None:
    path = tmp_path / "token"
    plant(path, outside)
    files.write_file(path, "value")
    assert not path.is_symlink()
    assert path.read_text() == "value"
    assert [(entry.name, entry.read_text()) for entry in outside.iterdir()] == [("kept", "kept")]


def test_a_written_file_is_not_written_through_a_hard_link(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "token").hardlink_to(outside / "kept")
    files.write_file(tmp_path / "token", "value")
    assert (outside / "kept").read_text() == "kept"


def test_a_file_is_private_and_a_failure_leaves_nothing(tmp_path: Path) -> None:
    assert stat.S_IMODE(files.write_file(tmp_path / "a", "").stat().st_mode) == 0o600
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):  # noqa: PT011 - it differs by system
        files.write_file(tmp_path / "folder", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "folder"]


def test_a_shared_file_has_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        made = files.write_shared(tmp_path / "a", "one")
        assert stat.S_IMODE(made.stat().st_mode) == 0o640
        made.chmod(0o600)
        assert stat.S_IMODE(files.write_shared(made, "two").stat().st_mode) == 0o600
    finally:
        os.umask(before)


@pytest.mark.parametrize("plant", [*LINKS, _pipe, _folder])
def test_a_lock_or_log_is_not_opened_through_a_link(
    tmp_path: Path, outside: Path, plant: Callable[[Path, Path], None]
) -> None:
    plant(tmp_path / ".lock", outside)
    with pytest.raises(InputError, match=r"\.lock: .*remove it"):
        files.open_to_append(tmp_path / ".lock")
    assert [(entry.name, entry.read_text()) for entry in outside.iterdir()] == [("kept", "kept")]


def test_a_lock_keeps_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("kept")
    files.open_to_append(tmp_path / ".lock").close()
    assert (tmp_path / ".lock").read_text() == "kept"


@pytest.mark.parametrize("plant", [*LINKS, _pipe, _folder])
def test_nothing_is_read_through_a_link(
    tmp_path: Path, outside: Path, plant: Callable[[Path, Path], None]
) -> None:
    plant(tmp_path / "a", outside)
    assert files.read_own(tmp_path / "a") is None
    assert not files.begins_with(tmp_path / "a", "kept")
    assert files.read_own(outside / "kept") == b"kept"
    assert files.begins_with(outside / "kept", "kep")
    assert not files.begins_with(outside / "kept", "kept and more")


def test_a_link_to_an_endless_device_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("/dev/zero")
    assert files.read_own(tmp_path / "a") is None


def test_removal_takes_links_away_and_follows_none(tmp_path: Path, outside: Path) -> None:
    folder = files.private_folder(tmp_path / "s")
    (folder / "link").symlink_to(outside)
    (folder / "deep").mkdir()
    (folder / "deep" / "link").symlink_to(outside)
    (folder / "deep" / "file").symlink_to(outside / "kept")
    files.remove_folder(folder)
    assert not folder.exists()
    assert (outside / "kept").read_text() == "kept"


@pytest.mark.parametrize("plant", [_link, _dangling, _file])
def test_removal_of_what_is_no_folder_is_an_error(
    tmp_path: Path, outside: Path, plant: Callable[[Path, Path], None]
) -> None:
    plant(tmp_path / "s", outside)
    with pytest.raises(OSError):  # noqa: PT011 - it differs by system
        files.remove_folder(tmp_path / "s")
    assert os.path.lexists(tmp_path / "s")
    assert (outside / "kept").read_text() == "kept"
    files.remove_folder(tmp_path / "missing")


def test_a_removal_that_fails_leaves_the_last_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files.private_folder(tmp_path / "s")
    for name in ("marker", "a", "z"):
        (folder / name).touch()
    monkeypatch.setattr(files.os, "unlink", _refusing("z", os.unlink))
    with pytest.raises(PermissionError):
        files.remove_folder(folder, ["marker"])
    assert sorted(path.name for path in folder.iterdir()) == ["marker", "z"]


def _refusing(name: str, unlink: Callable[..., None]) -> Callable[..., None]:
    def call(path: str, *, dir_fd: int | None = None) -> None:
        if path == name:
            raise PermissionError
        unlink(path, dir_fd=dir_fd)

    return call


def test_what_a_folder_cannot_lose_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files.private_folder(tmp_path / "s")
    (folder / "deep").mkdir()
    monkeypatch.setattr(files, "shutil", SimpleNamespace(rmtree=lambda *_, **__: None))
    with pytest.raises(OSError, match="not empty"):
        files.remove_folder(folder)


@pytest.mark.parametrize("given", ["cache", "./cache", "~/.cache", "../x"])
def test_a_relative_path_of_an_xdg_variable_is_refused(given: str) -> None:
    with pytest.raises(InputError, match=r"XDG_CACHE_HOME=.*must be an absolute path; set XDG_CACHE_HOME"):
        files.user_folder("XDG_CACHE_HOME", ".cache", {"XDG_CACHE_HOME": given})


def test_the_tools_folder_of_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    assert files.user_folder("X", ".cache", {"X": "/a"}) == Path("/a/workload-secrets")
    assert files.user_folder("X", ".cache", {"X": "/a/../b"}) == Path("/b/workload-secrets")
    monkeypatch.setenv("HOME", "/home/me")
    assert files.user_folder("X", ".cache", {"X": ""}) == Path("/home/me/.cache/workload-secrets")
    monkeypatch.setenv("HOME", "me")
    with pytest.raises(InputError, match="HOME=me: must be an absolute path; set X to one"):
        files.user_folder("X", ".cache", {})


def _writes(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        modes = [
            arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        if name in WRITES or (name == "open" and any(set(mode) & set("wax+") for mode in modes)):
            return True
    return False


def test_every_file_of_the_tool_is_written_by_one_module():
    found = {str(path.relative_to(TOOL)) for path in TOOL.rglob("*.py") if _writes(path)}
    assert found == set(OWN_WAYS)
