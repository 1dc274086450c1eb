"""Replacing the catalog and its lock."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from modelsync.errors import CannotWrite, Changed
from modelsync.store.backups import backups
from modelsync.store.commit import Write, Written, effective_lock, is_interrupted, recover, require_writable, write
from modelsync.store.files import digest, lock_path, read_state
from modelsync.store.mutex import hold

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2026, 11, 22, 23, 11, tzinfo=UTC)
STAMP = "20261122_231100"
NEW = (b"new: catalog\n", b'{"new": "lock"}\n')
Listing = dict[str, bytes]


def plan(catalog: Path, new: tuple[bytes, bytes] = NEW) -> Write:
    """Return a write of `new`, planned from what is on disk now."""
    lock = read_state(lock_path(catalog))
    return Write(catalog, *new, digest(read_state(catalog).data), digest(lock.data))


def on_disk(catalog: Path) -> tuple[bytes | None, bytes | None]:
    """Return the bytes of both files."""
    return read_state(catalog).data, read_state(lock_path(catalog)).data


def test_a_write_replaces_both_files_and_leaves_only_the_backup(
    catalog: Path, listing: Callable[[Path], Listing]
) -> None:
    """After a write the folder holds the new pair and one backup: no temporary, no pending lock, no lock file."""
    old_catalog, old_lock = catalog.read_bytes(), lock_path(catalog).read_bytes()
    written = write(plan(catalog), now=NOW, keep=10)
    found = listing(catalog.parent)
    sums = found.pop(f".llm_models.yml.backup.{STAMP}.sum").decode()
    assert found == {
        "llm_models.yml": NEW[0],
        "llm_models.lock.json": NEW[1],
        f"llm_models.yml.backup.{STAMP}": old_catalog,
        f"llm_models.lock.json.backup.{STAMP}": old_lock,
    }
    assert sums.startswith("# modelsync backup, taken 2026-11-22T23:11:00+00:00\n")
    assert (written.backup, written.durable, written.notes) == (backups(catalog)[0], True, ())


def test_the_sums_are_those_of_sha256sum(catalog: Path, shell: Callable[..., tuple[int, str]]) -> None:
    """A person can check a backup without modelsync."""
    write(plan(catalog), now=NOW, keep=10)
    code, printed = shell(["sha256sum", "-c", f".llm_models.yml.backup.{STAMP}.sum"], catalog.parent)
    assert code == 0, printed
    assert printed.count(": OK") == 2


def test_nothing_to_write_touches_nothing(catalog: Path, listing: Callable[[Path], Listing]) -> None:
    """A write of the bytes that are there makes no backup and no file lock: not even the folder's time moves."""
    before, times = listing(catalog.parent), catalog.parent.stat().st_mtime_ns
    assert write(plan(catalog, on_disk_bytes(catalog)), now=NOW, keep=10) == Written(None, durable=True, notes=())
    assert (listing(catalog.parent), catalog.parent.stat().st_mtime_ns) == (before, times)


def on_disk_bytes(catalog: Path) -> tuple[bytes, bytes]:
    """Return the bytes of both files, which are there."""
    return catalog.read_bytes(), lock_path(catalog).read_bytes()


@pytest.mark.parametrize("same", [0, 1])
def test_a_file_that_does_not_change_is_not_rewritten(catalog: Path, same: int) -> None:
    """When only one of the two files changes, the other keeps its inode, and both are backed up."""
    old = on_disk_bytes(catalog)
    paths = (catalog, lock_path(catalog))
    inode = paths[same].stat().st_ino
    new = (old[0], NEW[1]) if same == 0 else (NEW[0], old[1])
    written = write(plan(catalog, new), now=NOW, keep=10)
    assert on_disk(catalog) == new
    assert paths[same].stat().st_ino == inode
    assert written.backup
    assert written.backup.lock
    assert (written.backup.catalog.read_bytes(), written.backup.lock.read_bytes()) == old


def test_a_first_write_creates_both_files(tmp_path: Path) -> None:
    """Without old files there is nothing to back up; the new ones get the mode the umask gives."""
    catalog = tmp_path / "llm_models.yml"
    (tmp_path / "sample").touch()
    written = write(plan(catalog), now=NOW, keep=10)
    assert on_disk(catalog) == NEW
    assert written == Written(None, durable=True, notes=())
    assert catalog.stat().st_mode == lock_path(catalog).stat().st_mode == (tmp_path / "sample").stat().st_mode


def test_a_lock_without_a_catalog_is_kept_aside(tmp_path: Path) -> None:
    """A lock that is alone is no backup that could be restored, but its bytes are not lost, and the note says where."""
    catalog = tmp_path / "llm_models.yml"
    lock_path(catalog).write_bytes(b"alone")
    written = write(plan(catalog), now=NOW, keep=10)
    kept = tmp_path / f"llm_models.lock.json.backup.{STAMP}"
    assert kept.read_bytes() == b"alone"
    assert written.notes == (f"The lock had no catalog; it was kept as {kept}.",)
    assert (written.backup, backups(catalog)) == (None, ())


def edit_catalog(catalog: Path) -> None:
    """Save the catalog as an editor does."""
    catalog.write_bytes(b"edited")


def edit_lock(catalog: Path) -> None:
    """Change the lock, as a git checkout does."""
    lock_path(catalog).write_bytes(b"edited")


def edit_both(catalog: Path) -> None:
    """Change both."""
    edit_catalog(catalog)
    edit_lock(catalog)


def delete_lock(catalog: Path) -> None:
    """Delete the lock."""
    lock_path(catalog).unlink()


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (edit_catalog, "{0} was changed after"),
        (edit_lock, "{1} was changed after"),
        (edit_both, "{0} was changed and {1} was changed after"),
        (delete_lock, "{1} was deleted after"),
    ],
)
def test_a_file_that_moved_since_the_plan_is_refused_by_name(
    catalog: Path, listing: Callable[[Path], Listing], edit: Callable[[Path], None], says: str
) -> None:
    """An edit between plan and write wins: the write is refused, names the file, and leaves the folder alone."""
    planned = plan(catalog)
    edit(catalog)
    before = listing(catalog.parent)
    with pytest.raises(Changed) as refused:
        write(planned, now=NOW, keep=10)
    assert str(refused.value).startswith(says.format(catalog, lock_path(catalog)))
    assert listing(catalog.parent) == before


def test_links_stay_links_and_everything_else_lies_beside_them(tmp_path: Path) -> None:
    """Catalog and lock may be links, chained and relative: the targets change, backups go beside the named path."""
    real, project = tmp_path / "real", tmp_path / "project"
    real.mkdir()
    project.mkdir()
    (real / "shared.yml").write_bytes(b"old")
    (real / "shared.lock").write_bytes(b"old lock")
    (tmp_path / "hop.yml").symlink_to("real/shared.yml")
    catalog = project / "llm_models.yml"
    catalog.symlink_to("../hop.yml")
    lock_path(catalog).symlink_to(real / "shared.lock")
    write(plan(catalog), now=NOW, keep=10)
    assert (os.readlink(catalog), os.readlink(lock_path(catalog))) == ("../hop.yml", str(real / "shared.lock"))
    assert {path.name: path.read_bytes() for path in real.iterdir()} == {"shared.yml": NEW[0], "shared.lock": NEW[1]}
    assert sorted(path.name for path in project.iterdir()) == [
        f".llm_models.yml.backup.{STAMP}.sum",
        "llm_models.lock.json",
        f"llm_models.lock.json.backup.{STAMP}",
        "llm_models.yml",
        f"llm_models.yml.backup.{STAMP}",
    ]


def test_a_hard_link_is_split_with_a_note(catalog: Path, tmp_path: Path) -> None:
    """Renaming cannot keep two names on one file, so the person is told; the other name keeps the old bytes."""
    other = tmp_path / "other.yml"
    other.hardlink_to(catalog)
    written = write(plan(catalog), now=NOW, keep=10)
    assert written.notes == (f"{catalog} had 2 hard links; the other names keep the old contents.",)
    assert (other.read_bytes(), catalog.read_bytes()) == (b"old: catalog\n", NEW[0])


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permission bits")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o777])
def test_modes_are_kept_by_new_files_and_backups(catalog: Path, mode: int) -> None:
    """Whatever the umask is: catalog, lock and their backups keep their modes, the sums are as private as the catalog."""
    catalog.chmod(mode)
    lock_path(catalog).chmod(0o604)
    mask = os.umask(0)
    try:
        write(plan(catalog), now=NOW, keep=10)
    finally:
        os.umask(mask)
    modes = {path.name: path.stat().st_mode & 0o7777 for path in catalog.parent.iterdir()}
    assert modes == {
        "llm_models.yml": mode,
        f"llm_models.yml.backup.{STAMP}": mode,
        f".llm_models.yml.backup.{STAMP}.sum": mode,
        "llm_models.lock.json": 0o604,
        f"llm_models.lock.json.backup.{STAMP}": 0o604,
    }


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permission bits")
def test_a_new_lock_takes_after_its_catalog(catalog: Path) -> None:
    """The first lock of a private catalog is private."""
    catalog.chmod(0o600)
    lock_path(catalog).unlink()
    write(plan(catalog), now=NOW, keep=10)
    assert lock_path(catalog).stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(sys.platform != "linux", reason="extended attributes through the os module exist on Linux only")
def test_access_lists_and_attributes_are_kept(catalog: Path) -> None:
    """An ACL that lets one more user read, and a user attribute, are on the new file and on the backup."""
    acl = bytes.fromhex("02000000 01000600ffffffff 02000400e8030000 04000400ffffffff 10000400ffffffff 20000000ffffffff")
    try:
        os.setxattr(catalog, "user.origin", b"here")
        os.setxattr(catalog, "system.posix_acl_access", acl)
    except OSError:
        pytest.skip("this file system keeps no extended attributes")
    written = write(plan(catalog), now=NOW, keep=10)
    assert written.backup
    for path in (catalog, written.backup.catalog):
        assert os.getxattr(path, "user.origin") == b"here"
        assert os.getxattr(path, "system.posix_acl_access") == acl


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")
def test_owners_are_kept_by_root(catalog: Path) -> None:
    """A file of another user stays theirs when root writes it, the backup too."""
    os.chown(catalog, 1234, 2345)
    written = write(plan(catalog), now=NOW, keep=10)
    assert written.backup
    assert written.notes == ()
    for path in (catalog, written.backup.catalog):
        assert (path.stat().st_uid, path.stat().st_gid) == (1234, 2345)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")
def test_an_owner_that_cannot_be_kept_is_a_note_and_nobody_gains_access(
    unprivileged: tuple[Path, dict[str, Any]], worker: Callable[..., dict[str, Any]]
) -> None:
    """Who may write the folder but not give files away: the file becomes theirs, and a lost group's bits are cut."""
    folder, as_user = unprivileged
    catalog = folder / "llm_models.yml"
    catalog.write_bytes(b"old")
    catalog.chmod(0o676)
    lock_path(catalog).write_bytes(b"old")
    os.chown(lock_path(catalog), as_user["user"], as_user["user"])
    outcome = worker("write", catalog, new_catalog="new", new_lock="new", **as_user)
    assert outcome["done"]["notes"] == [f"The owner of {catalog} could not be kept."]
    assert (catalog.stat().st_uid, catalog.stat().st_mode & 0o777) == (as_user["user"], 0o666)
    assert backups(catalog)[0].catalog.stat().st_mode & 0o777 == 0o666


def test_a_read_only_folder_is_refused_before_anything_is_fetched(
    unprivileged: tuple[Path, dict[str, Any]], worker: Callable[..., dict[str, Any]], listing: Callable[[Path], Listing]
) -> None:
    """Both the early check and the write say so, with the old bytes intact."""
    folder, as_user = unprivileged
    catalog = folder / "llm_models.yml"
    catalog.write_bytes(b"old")
    folder.chmod(0o555)
    for operation in ("check", "write"):
        outcome = worker(operation, catalog, new_catalog="new", new_lock="new", **as_user)
        assert outcome["error"] == "CannotWrite"
        assert outcome["message"].startswith(f"cannot write {catalog}: ")
        assert outcome["message"].endswith("the old bytes are intact")
        assert outcome["hint"] == "Make the file and its folder writable for this user."
    assert listing(folder) == {"llm_models.yml": b"old"}


@pytest.mark.parametrize("which", ["llm_models.yml", "llm_models.lock.json"])
def test_a_read_only_file_is_refused(
    unprivileged: tuple[Path, dict[str, Any]],
    worker: Callable[..., dict[str, Any]],
    listing: Callable[[Path], Listing],
    which: str,
) -> None:
    """A rename could replace a file marked read-only; the mark is respected instead."""
    folder, as_user = unprivileged
    catalog = folder / "llm_models.yml"
    for path in (catalog, lock_path(catalog)):
        path.write_bytes(b"old")
        path.chmod(0o666)
    (folder / which).chmod(0o444)
    for operation in ("check", "write"):
        outcome = worker(operation, catalog, new_catalog="new", new_lock="new", **as_user)
        assert outcome["message"].startswith(f"cannot write {catalog}: {folder / which} is read-only for this user")
    assert listing(folder) == {"llm_models.yml": b"old", "llm_models.lock.json": b"old"}


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """A catalog in a folder that does not exist cannot be written, and the folder is not made."""
    catalog = tmp_path / "missing" / "llm_models.yml"
    with pytest.raises(CannotWrite, match="there is no folder"):
        require_writable(catalog)
    with pytest.raises(CannotWrite, match="the folder does not exist"):
        write(plan(catalog), now=NOW, keep=10)
    assert not catalog.parent.exists()


def test_a_single_file_bind_mount_is_refused_with_advice(
    catalog: Path,
    command: Callable[..., list[str]],
    shell: Callable[..., tuple[int, str]],
    listing: Callable[[Path], Listing],
) -> None:
    """A container that mounts the catalog alone is told to mount its folder; nothing is written in place."""
    before = listing(catalog.parent)
    mount = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" "$0" || exit 77; exec "$@"', str(catalog)]
    code, printed = shell([*mount, *command("write", catalog, new_catalog="new", new_lock="new")], catalog.parent)
    if code != 0:
        pytest.skip("no right to mount here")
    assert "as a file is that is itself a mount point; the old bytes are intact" in printed
    assert "Mount the folder that holds the file" in printed
    assert listing(catalog.parent) == before


def pending_lock(catalog: Path, *, of: bytes = NEW[0], lock: bytes = NEW[1], replaces: bytes | None = None) -> Path:
    """Write the `.next` that a killed run leaves."""
    present = lock_path(catalog).read_bytes() if replaces is None else replaces
    header = f'{{"catalog":"{digest(of)}","lock":"{digest(lock)}","replaces":"{digest(present)}"}}\n'
    path = lock_path(catalog).with_name("llm_models.lock.json.next")
    path.write_bytes(header.encode() + lock)
    return path


def test_a_pending_lock_of_the_catalog_on_disk_is_promoted(catalog: Path) -> None:
    """A crash between the renames is seen through by readers, and completed by `recover`, once."""
    pending = pending_lock(catalog)
    catalog.write_bytes(NEW[0])
    assert (effective_lock(catalog), is_interrupted(catalog)) == (NEW[1], True)
    assert lock_path(catalog).read_bytes() != NEW[1], "effective_lock does not write"
    with hold(catalog):
        assert recover(catalog) == f"An interrupted write of {catalog} was completed."
        assert recover(catalog) is None
    assert (on_disk(catalog), pending.exists(), is_interrupted(catalog)) == (NEW, False, False)


def torn(catalog: Path) -> None:
    """Cut the end off."""
    pending_lock(catalog, of=catalog.read_bytes()).write_bytes(
        pending_lock(catalog, of=catalog.read_bytes()).read_bytes()[:-1]
    )


def other_catalog(catalog: Path) -> None:
    """Name a catalog that never came, or was edited since."""
    pending_lock(catalog)


def other_lock(catalog: Path) -> None:
    """Follow a lock that is no longer there: a checkout brought another."""
    pending_lock(catalog, of=catalog.read_bytes(), replaces=b"before the checkout")


def garbage(catalog: Path) -> None:
    """Leave no header at all."""
    pending_lock(catalog).write_bytes(b"\xff\x00")


def empty(catalog: Path) -> None:
    """Leave a file that was created and no more."""
    pending_lock(catalog).write_bytes(b"")


def link(catalog: Path) -> None:
    """Lead elsewhere: modelsync makes no such thing."""
    path = pending_lock(catalog, of=catalog.read_bytes())
    path.rename(catalog.with_name("elsewhere")).touch()
    path.symlink_to("elsewhere")


@pytest.mark.parametrize("make", [torn, other_catalog, other_lock, garbage, empty, link])
def test_any_other_pending_lock_is_discarded(catalog: Path, make: Callable[[Path], None]) -> None:
    """A `.next` that is torn, of another catalog or after another lock never becomes the lock."""
    old = on_disk(catalog)
    make(catalog)
    assert effective_lock(catalog) == old[1]
    with hold(catalog):
        sentence = recover(catalog)
    assert sentence == f"An interrupted write was undone: the lock it left does not belong to the {catalog} on disk."
    assert on_disk(catalog) == old
    assert not os.path.lexists(catalog.with_name("llm_models.lock.json.next"))


def test_a_pending_lock_that_is_in_place_already_is_a_leftover_whatever_the_catalog_became(catalog: Path) -> None:
    """A power cut may bring back the `.next` of a write that was complete; an edit by hand since then undid nothing."""
    pending_lock(catalog, lock=lock_path(catalog).read_bytes(), replaces=b"before")
    catalog.write_bytes(b"edited by hand")
    present = on_disk(catalog)
    with hold(catalog):
        assert recover(catalog) == f"The leftovers of an interrupted write of {catalog} were removed."
        assert recover(catalog) is None
    assert on_disk(catalog) == present


def test_temporaries_of_this_catalog_are_swept_and_no_others(catalog: Path) -> None:
    """Stale temporaries go; another catalog's, and what only looks alike, stay."""
    stale = [".llm_models.yml.modelsync.0123abcd.tmp", ".llm_models.lock.json.modelsync.00000000.tmp"]
    others = [".other.yml.modelsync.0123abcd.tmp", ".llm_models.yml.modelsync.mine.tmp", ".llm_models.yml.swp"]
    for name in stale + others:
        catalog.with_name(name).write_bytes(b"x")
    with hold(catalog):
        assert recover(catalog) == f"The leftovers of an interrupted write of {catalog} were removed."
        assert recover(catalog) is None
    names = {path.name for path in catalog.parent.iterdir()}
    assert names == {"llm_models.yml", "llm_models.lock.json", *others}


def test_a_write_finishes_an_interrupted_one_first(catalog: Path) -> None:
    """A plan made from the effective lock is accepted: the pending lock is promoted before digests are compared."""
    pending_lock(catalog)
    catalog.write_bytes(NEW[0])
    planned = Write(catalog, b"third", b"3", digest(NEW[0]), digest(effective_lock(catalog)))
    written = write(planned, now=NOW, keep=10)
    assert on_disk(catalog) == (b"third", b"3")
    assert written.notes == (f"An interrupted write of {catalog} was completed.",)
    assert written.backup
    assert written.backup.lock
    assert written.backup.lock.read_bytes() == NEW[1]


def test_a_run_without_changes_finishes_an_interrupted_one_too(catalog: Path) -> None:
    """Otherwise the pending lock would wait for the next change, and be lost to an edit by hand before it."""
    pending_lock(catalog)
    catalog.write_bytes(NEW[0])
    planned = Write(catalog, *NEW, digest(NEW[0]), digest(NEW[1]))
    with hold(catalog):
        assert write(planned, now=NOW, keep=10) == Written(None, durable=True, notes=()), "another is at it"
    finished = write(planned, now=NOW, keep=10)
    assert finished == Written(None, durable=True, notes=(f"An interrupted write of {catalog} was completed.",))
    assert (on_disk(catalog), backups(catalog)) == (NEW, ())
