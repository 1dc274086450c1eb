"""Reading a catalog or lock."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING, Any

import pytest

from modelsync.errors import CannotWrite, Exit, InvalidFile
from modelsync.store.files import digest, lock_path, read_state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_file_is_read_with_its_mode(catalog: Path) -> None:
    """A regular file gives its bytes and permission bits, under both of its names."""
    catalog.chmod(0o640)
    state = read_state(catalog)
    assert (state.path, state.real, state.data, state.mode) == (catalog, catalog, b"old: catalog\n", 0o640)


def test_an_absent_file_is_no_error(tmp_path: Path) -> None:
    """What is not there has neither bytes nor mode, even when its folder is missing too."""
    for path in (tmp_path / "none.yml", tmp_path / "no" / "folder.yml"):
        state = read_state(path)
        assert (state.real, state.data, state.mode) == (path, None, None)


def test_a_large_file_is_read_whole(tmp_path: Path) -> None:
    """Reading does not stop at one system call's worth of bytes."""
    path = tmp_path / "large.yml"
    path.write_bytes(b"x: 1\n" * 100_000)
    assert len(read_state(path).data or b"") == 500_000


def test_links_are_followed_relative_and_chained(tmp_path: Path) -> None:
    """A chain of relative links over folders ends at the real file."""
    (tmp_path / "a").mkdir()
    real = tmp_path / "a" / "real.yml"
    real.write_bytes(b"x")
    (tmp_path / "second.yml").symlink_to("a/real.yml")
    (tmp_path / "a" / "first.yml").symlink_to("../second.yml")
    state = read_state(tmp_path / "a" / "first.yml")
    assert (state.path.name, state.real, state.data) == ("first.yml", real, b"x")


def _directory(path: Path) -> None:
    path.mkdir()


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere.yml")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _device(path: Path) -> None:
    path.symlink_to("/dev/null")


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    here = path.parent.joinpath(path.name)
    cwd = os.open(".", os.O_RDONLY)
    os.chdir(here.parent)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(here.name)
    finally:
        os.fchdir(cwd)
        os.close(cwd)


@pytest.mark.skipif(sys.platform == "win32", reason="these kinds of file are POSIX")
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_directory, "is a directory, not a file"),
        (_dangling, "is a symlink to nowhere.yml, which leads to no file"),
        (_loop, "is a symlink that leads back to itself"),
        (_device, "is a device, not a file"),
        (_fifo, "is a fifo, not a file"),
        (_socket, "is a socket, not a file"),
    ],
)
def test_what_is_no_file_is_refused_in_a_sentence(tmp_path: Path, make: Callable[[Path], None], says: str) -> None:
    """What can be no catalog is named for what it is, with a way out, and reading never blocks on it."""
    path = tmp_path / "llm_models.yml"
    make(path)
    with pytest.raises(CannotWrite) as refused:
        read_state(path)
    assert str(refused.value) == f"{path} {says}"
    assert refused.value.hint


def test_a_file_in_the_place_of_a_folder_is_an_error(catalog: Path) -> None:
    """`file.yml/other.yml` is not taken for an absent file."""
    with pytest.raises(InvalidFile, match="cannot be read: not a directory"):
        read_state(catalog / "other.yml")


def test_an_unreadable_file_is_an_invalid_file(
    unprivileged: tuple[Path, dict[str, Any]], worker: Callable[..., dict[str, Any]]
) -> None:
    """Permission bits that forbid reading give exit 5 and the path."""
    folder, as_user = unprivileged
    path = folder / "llm_models.yml"
    path.write_bytes(b"x")
    path.chmod(0o000)
    outcome = worker("read", path, **as_user)
    assert InvalidFile.exit_code is Exit.INVALID
    assert (outcome["error"], outcome["message"]) == ("InvalidFile", f"{path}: cannot be read: permission denied")


def test_digests_tell_absent_from_empty() -> None:
    """No file and an empty file have different digests."""
    assert digest(None) == "absent"
    assert digest(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("name", "lock"),
    [
        ("llm_models.yml", "llm_models.lock.json"),
        ("models.prod.yaml", "models.prod.lock.json"),
        ("models", "models.lock.json"),
    ],
)
def test_the_lock_lies_beside_the_name_that_was_given(tmp_path: Path, name: str, lock: str) -> None:
    """Also for a link: its lock belongs to the project the link lies in."""
    (tmp_path / "shared.yml").write_bytes(b"x")
    (tmp_path / name).symlink_to("shared.yml")
    assert lock_path(tmp_path / name) == tmp_path / lock
