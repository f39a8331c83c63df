"""Folders and files that the tool makes, reads back and removes, without following a link.

A checkout can hold anything where the tool writes: a link, another user's folder, a file of the
same name. So what lies below a project or a cache is judged before it is used, and is refused
rather than mended. Folders above it are the user's own choice and may be links.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import BinaryIO, Final

from workload_secrets.errors import InputError
from workload_secrets.escape import visible

_PRIVATE: Final = 0o600
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_SAFE: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Opens no link, and doesn't wait at a pipe."""


def private_folder(path: Path, remedy: str = "it must lie where you can write") -> Path:
    """Returns a folder of this user's, which is made with mode 0700 (parents too) where it is missing.

    Raises InputError, with `remedy`, where it can't be made, and where `check_folder` refuses what
    is there.
    """
    if ".." in path.parts:
        raise InputError(f"{visible(str(path))}: a folder's path must not hold `..`; write it without")
    if not os.path.lexists(path.parent):
        private_folder(path.parent, remedy)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise InputError(
            f"{visible(str(path))}: this folder can't be made ({error.strerror}); {remedy}"
        ) from None
    check_folder(path)
    return path


def check_folder(path: Path) -> None:
    """Raises InputError unless `path` is a folder, no link, is this user's and writable by no other."""
    _check(path, stat.S_ISDIR, "a folder")


def check_file(path: Path) -> None:
    """Raises InputError unless `path` is a file, no link, is this user's and writable by no other."""
    _check(path, stat.S_ISREG, "a file")


def user_folder(variable: str, default: str, environment: Mapping[str, str]) -> Path:
    """The path of the tool's folder below the one that an XDG variable names, else below ~/`default`.

    Raises InputError for a relative path, which the specification calls invalid
    (https://specifications.freedesktop.org/basedir-spec/latest/).
    """
    given = environment.get(variable)
    try:
        base = Path(given) if given else Path.home() / default
    except RuntimeError:
        raise InputError(f"{variable}: not set, and this user has no home folder; set {variable}") from None
    if not base.is_absolute():
        name = variable if given else "HOME"
        raise InputError(
            f"{name}={visible(str(given or Path.home()))}: must be an absolute path; "
            f"set {variable} to one, or unset {name}"
        )
    return (base.resolve() if ".." in base.parts else base) / "workload-secrets"


def write_file(path: Path, content: str | bytes, mode: int = _PRIVATE) -> Path:
    """Writes a file in one step, with `mode` less the umask: a reader sees the old or the new content.

    What is at `path` is replaced, never written through: a link or a hard link stays without effect.
    """
    data = content.encode() if isinstance(content, str) else content
    staging = path.with_name(f".{path.name[:200]}.{secrets.token_hex(8)}")
    descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFE, mode)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
        staging.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            staging.unlink()
        raise
    return path


def write_shared(path: Path, text: str) -> Path:
    """Writes a file that isn't private, as `write_file` does. One that is there keeps its mode."""
    mode = stat.S_IMODE(path.lstat().st_mode) if os.path.lexists(path) else 0o666
    return write_file(path, text, mode)


def open_to_append(path: Path) -> BinaryIO:
    """Opens a log or a lock file, which is made with mode 0600 where it is missing.

    What it holds stays. Raises InputError where it isn't a file of this user's, or is a link.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _SAFE, _PRIVATE)
    except OSError as error:
        remedy = "remove it" if os.path.lexists(path) else "it must lie where you can write"
        raise InputError(
            f"{visible(str(path))}: {described(path)}, can't be opened as a file of yours "
            f"({error.strerror}); {remedy}"
        ) from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        os.close(descriptor)
        raise InputError(f"{visible(str(path))}: {described(path)}, must be a file of yours; remove it")
    return os.fdopen(descriptor, "ab")


def read_own(path: Path, size: int = -1) -> bytes | None:
    """The content of a file, or its first `size` bytes; None where it is absent, a link or no file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | _SAFE)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as found:
        return found.read(size)


def begins_with(path: Path, mark: str) -> bool:
    """Whether `path` is a file, no link, that begins with `mark`: how the tool knows a text it wrote."""
    start = mark.encode()
    return read_own(path, len(start)) == start


def remove_folder(path: Path, last: Collection[str] = ()) -> None:
    """Removes a folder with all it holds. Links in it are removed, not followed.

    `last` names files of it that go last, so that a removal that is broken off leaves them. Raises
    OSError where `path` is a link, or where something can't be removed. Two may do it at once.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | _SAFE)
    except FileNotFoundError:
        return
    try:
        with os.scandir(descriptor) as entries:
            names = [entry.name for entry in entries]
        for name in sorted(names, key=lambda name: (name in last, name)):
            _remove(name, descriptor)
    finally:
        os.close(descriptor)
    with contextlib.suppress(FileNotFoundError):
        path.rmdir()


def described(path: Path) -> str:
    """What is at `path`, for a message: a link to where, or whose folder or file with which mode."""
    try:
        found = path.lstat()
    except OSError:
        return "nothing"
    if stat.S_ISLNK(found.st_mode):
        return f"a link to {visible(str(path.readlink()))}"
    kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a file"
    if not stat.S_ISDIR(found.st_mode) and not stat.S_ISREG(found.st_mode):
        kind = "neither a file nor a folder"
    return f"{kind} of user id {found.st_uid} with mode {stat.S_IMODE(found.st_mode):04o}"


def _check(path: Path, kind: Callable[[int], bool], name: str) -> None:
    found = path.lstat()
    if not kind(found.st_mode):
        remedy = "remove it"
    elif found.st_uid != os.geteuid():
        remedy = "run this as its owner, or remove it"
    elif found.st_mode & _OTHERS_WRITE:
        remedy = "look into it, then use `chmod go-w` on it"
    else:
        return
    raise InputError(
        f"{visible(str(path))}: {described(path)}; must be {name}, no link, that belongs to you "
        f"(user id {os.geteuid()}) and that no other user can write to; {remedy}"
    )


def _remove(name: str, folder: int) -> None:
    """Removes one entry of an open folder. What another removes meanwhile is no error."""
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISDIR(os.lstat(name, dir_fd=folder).st_mode):
            # Errors show as a folder that isn't empty, where its parent is removed.
            shutil.rmtree(name, ignore_errors=True, dir_fd=folder)
        else:
            os.unlink(name, dir_fd=folder)
