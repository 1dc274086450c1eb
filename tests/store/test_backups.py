"""Backups: their order, their number, and bringing one back."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelsync.errors import InvalidFile
from modelsync.store.backups import Backup, backups, restore
from modelsync.store.commit import Write, is_interrupted, is_untidy, recover, write
from modelsync.store.files import digest, lock_path, read_state
from modelsync.store.mutex import hold

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 22, 23, 11, tzinfo=UTC)
STAMP = "20261122_231100"
Files = tuple[bytes | None, bytes | None]


def save(catalog: Path, new: tuple[bytes, bytes], now: datetime = NOW, keep: int = 10) -> Backup | None:
    """Write `new` over what is there."""
    old = read(catalog)
    return write(Write(catalog, *new, digest(old[0]), digest(old[1])), now=now, keep=keep).backup


def read(catalog: Path) -> Files:
    """Return the bytes of both files."""
    return read_state(catalog).data, read_state(lock_path(catalog)).data


def put(catalog: Path, files: Files) -> None:
    """Make both files what `files` says, by hand."""
    for path, data in zip((catalog, lock_path(catalog)), files, strict=True):
        path.unlink(missing_ok=True)
        if data is not None:
            path.write_bytes(data)


def test_a_frozen_or_backward_clock_keeps_the_order(catalog: Path) -> None:
    """Listing is newest first, by sequence as a number, though the clock stood still ten times and then fell back."""
    catalog.write_bytes(b"0")
    clock = [NOW] * 11 + [NOW - timedelta(days=400), NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)]
    for number, now in enumerate(clock):
        save(catalog, (str(number + 1).encode(), b"{}"), now, keep=99)
    found = backups(catalog)
    assert [int(backup.catalog.read_bytes()) for backup in found] == list(range(13, -1, -1))
    assert [backup.stamp for backup in reversed(found)] == [
        STAMP,
        *(f"{STAMP}_{number}" for number in range(2, 14)),
        "20261122_231101",
    ]
    assert [backup.taken for backup in reversed(found)] == clock, "the true time is kept beside the stamp"


def test_a_backup_is_never_overwritten(catalog: Path) -> None:
    """A file that somebody else left under the stamp's name stays as it is: the next stamp is used."""
    taken = catalog.with_name(f"{catalog.name}.backup.{STAMP}")
    taken.write_bytes(b"precious")
    backup = save(catalog, (b"new", b"new"))
    assert backup
    assert (backup.stamp, taken.read_bytes()) == (f"{STAMP}_2", b"precious")


@pytest.mark.parametrize(("keep", "left"), [(3, [4, 3, 2]), (1, [4]), (0, [4]), (-5, [4]), (99, [4, 3, 2, 1, 0])])
def test_the_newest_are_kept_and_always_one(catalog: Path, keep: int, left: list[int]) -> None:
    """Thinning out deletes the oldest with all their files, and never the last."""
    catalog.write_bytes(b"0")
    for number in range(5):
        save(catalog, (str(number + 1).encode(), b"{}"), NOW + timedelta(days=number), keep)
    assert [int(backup.catalog.read_bytes()) for backup in backups(catalog)] == left
    assert len([path for path in catalog.parent.iterdir() if ".backup." in path.name]) == 3 * len(left)


@pytest.mark.parametrize(
    ("keep", "days", "left"),
    [(99, 3, [4, 3, 2]), (2, 3, [4, 3]), (99, 1, [4]), (99, 99, [4, 3, 2, 1, 0]), (99, None, [4, 3, 2, 1, 0])],
)
def test_the_old_go_by_age_too_and_the_newest_always_stays(
    catalog: Path, keep: int, days: int | None, left: list[int]
) -> None:
    """Of backups that are 4, 3, 2, 1 and 0 days old those younger than `keep_days` stay, within the number; foreign ones always do."""
    bare = catalog.with_name(f"{catalog.name}.backup.20240101_120000")
    bare.write_bytes(b"from the task")
    catalog.write_bytes(b"0")
    for number in range(5):
        old = read(catalog)
        change = Write(catalog, str(number + 1).encode(), b"{}", digest(old[0]), digest(old[1]))
        last = number == 4
        write(change, now=NOW + timedelta(days=number), keep=keep if last else 99, keep_days=days if last else None)
    assert [backup.catalog.read_bytes() for backup in backups(catalog)] == [
        *(str(number).encode() for number in left),
        b"from the task",
    ]


def test_age_is_that_of_the_true_time_not_of_the_stamp(catalog: Path) -> None:
    """A clock that went backwards makes no backup look older than it is, and a newest one of any age stays."""
    catalog.write_bytes(b"0")
    save(catalog, (b"1", b"{}"), NOW)
    save(catalog, (b"2", b"{}"), NOW - timedelta(days=400))
    change = Write(catalog, b"3", b"{}", digest(b"2"), digest(b"{}"))
    write(change, now=NOW - timedelta(days=399), keep=99, keep_days=30)
    assert [backup.catalog.read_bytes() for backup in backups(catalog)] == [b"2", b"1", b"0"]


def test_backups_of_others_are_listed_restored_and_never_deleted(catalog: Path) -> None:
    """What the original task left (a bare copy, no sums) can be brought back; thinning out counts only our own."""
    bare = catalog.with_name(f"{catalog.name}.backup.20240101_120000")
    bare.write_bytes(b"from the task")
    for number in range(3):
        save(catalog, (str(number).encode(), b"{}"), NOW + timedelta(days=number), keep=1)
    oldest = backups(catalog)[-1]
    moment = datetime(2024, 1, 1, 12)  # noqa: DTZ001 - a stamp has no zone
    assert oldest == Backup("20240101_120000", bare, None, moment, 13)
    assert len(backups(catalog)) == 2
    restore(catalog, oldest, now=NOW + timedelta(days=9), keep=1)
    assert read(catalog) == (b"from the task", None)
    assert bare.exists()


def test_a_backup_describes_itself(catalog: Path) -> None:
    """Stamp, paths, time and size are those of the copies; without a lock there is no lock path."""
    lock_path(catalog).unlink()
    save(catalog, (b"new", b"new"))
    name = f"{catalog.name}.backup.{STAMP}"
    assert backups(catalog) == (Backup(STAMP, catalog.with_name(name), None, NOW, 13),)


def test_restore_backs_up_the_present_first(catalog: Path) -> None:
    """Restoring twice brings back what the first restore replaced."""
    old = read(catalog)
    save(catalog, (b"new", b"new lock"))
    written = restore(catalog, backups(catalog)[0], now=NOW + timedelta(days=1), keep=10)
    assert read(catalog) == old
    assert written.backup
    restore(catalog, written.backup, now=NOW + timedelta(days=2), keep=10)
    assert read(catalog) == (b"new", b"new lock")


def test_restore_removes_a_lock_that_did_not_exist_then(catalog: Path) -> None:
    """Back before the first sync there is no lock again."""
    lock_path(catalog).unlink()
    save(catalog, (b"new", b"new lock"))
    restore(catalog, backups(catalog)[0], now=NOW, keep=10)
    assert read(catalog) == (b"old: catalog\n", None)


def test_restore_of_what_is_there_does_nothing(catalog: Path, listing: Callable[[Path], dict[str, bytes]]) -> None:
    """Restoring the present state makes no new backup."""
    old = read(catalog)
    save(catalog, (b"new", b"new"))
    put(catalog, old)
    before = listing(catalog.parent)
    assert restore(catalog, backups(catalog)[0], now=NOW, keep=10).backup is None
    assert listing(catalog.parent) == before


@pytest.mark.parametrize("present", [(None, None), (None, b"alone"), (b"\xff\x00{{{", b"<<<<<<<"), (b"", b"")])
def test_restore_works_when_the_catalog_is_missing_or_broken(catalog: Path, present: Files) -> None:
    """Whatever is there now, both files come back byte for byte, with the mode they had."""
    catalog.chmod(0o640)
    old = read(catalog)
    save(catalog, (b"new", b"new"))
    put(catalog, present)
    restore(catalog, backups(catalog)[0], now=NOW + timedelta(days=1), keep=10)
    assert read(catalog) == old
    if present[0] is None:
        assert catalog.stat().st_mode & 0o777 == 0o640


def flip_a_bit(path: Path) -> None:
    """Damage one byte."""
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    """Lose the end."""
    path.write_bytes(path.read_bytes()[:-1])


def delete(path: Path) -> None:
    """Lose the file."""
    path.unlink()


def garble(path: Path) -> None:
    """Lose every checksum."""
    path.write_bytes(b"?")


@pytest.mark.parametrize(
    ("name", "damage", "why"),
    [
        ("llm_models.yml.backup.{}", flip_a_bit, "its bytes are not those that were saved"),
        ("llm_models.yml.backup.{}", cut, "its bytes are not those that were saved"),
        ("llm_models.yml.backup.{}", delete, "it is gone"),
        ("llm_models.lock.json.backup.{}", flip_a_bit, "its lock is missing or not the one that was saved"),
        ("llm_models.lock.json.backup.{}", delete, "its lock is missing or not the one that was saved"),
        (".llm_models.yml.backup.{}.sum", garble, "its checksums cannot be read"),
    ],
)
def test_a_damaged_backup_is_refused_and_nothing_is_touched(
    catalog: Path, listing: Callable[[Path], dict[str, bytes]], name: str, damage: Callable[[Path], None], why: str
) -> None:
    """Each kind of damage is named, also when the damage came after the listing, and the present files stay."""
    save(catalog, (b"new", b"new"))
    listed_before = backups(catalog)[0]
    damage(catalog.with_name(name.format(STAMP)))
    before = listing(catalog.parent)
    for backup in (listed_before, *backups(catalog)):
        with pytest.raises(InvalidFile) as refused:
            restore(catalog, backup, now=NOW, keep=10)
        assert refused.value.problem == f"this backup is damaged: {why}"
    assert listing(catalog.parent) == before


def test_a_backup_cut_short_is_neither_listed_nor_left(catalog: Path) -> None:
    """An empty sum file marks a backup that was never finished; `recover` removes it."""
    unfinished = [f"{catalog.name}.backup.{STAMP}", f"llm_models.lock.json.backup.{STAMP}"]
    for name in (*unfinished, f".{catalog.name}.backup.{STAMP}.sum"):
        catalog.with_name(name).write_bytes(b"half" if name in unfinished else b"")
    assert backups(catalog) == ()
    with hold(catalog):
        assert recover(catalog) == f"The leftovers of an interrupted write of {catalog} were removed."
    assert {path.name for path in catalog.parent.iterdir()} == {"llm_models.yml", "llm_models.lock.json"}


def test_a_backup_whose_catalog_copy_was_deleted_is_forgotten(catalog: Path) -> None:
    """A person who deletes the copy they see need not know of the hidden sums, nor look for a crash when these go."""
    backup = save(catalog, (b"new", b"new"))
    assert backup
    backup.catalog.unlink()
    assert backups(catalog) == ()
    assert (is_interrupted(catalog), is_untidy(catalog)) == (False, True)
    with hold(catalog):
        assert recover(catalog) == f"The hidden checksums of deleted backups of {catalog} were removed."
        assert recover(catalog) is None
    assert {path.name for path in catalog.parent.iterdir()} == {"llm_models.yml", "llm_models.lock.json"}


def test_a_folder_that_is_missing_has_no_backups(tmp_path: Path) -> None:
    """Listing never fails on a catalog that is not there."""
    assert backups(tmp_path / "missing" / "llm_models.yml") == ()


SMALL = st.binary(max_size=3)


@settings(max_examples=30, deadline=None)
@given(
    start=st.tuples(SMALL, st.none() | SMALL),
    steps=st.lists(st.tuples(SMALL, SMALL, st.integers(-2, 2)), min_size=1, max_size=5),
)
def test_restore_undoes_any_write_byte_for_byte(start: Files, steps: list[tuple[bytes, bytes, int]]) -> None:
    """After any writes under any clock, each backup brings back exactly the pair that was there before its write."""
    with tempfile.TemporaryDirectory() as folder:
        catalog = Path(folder) / "llm_models.yml"
        put(catalog, start)
        seen: list[tuple[Backup, Files]] = []
        for new_catalog, new_lock, seconds in steps:
            before = read(catalog)
            backup = save(catalog, (new_catalog, new_lock), NOW + timedelta(seconds=seconds), keep=99)
            assert (backup is None) == (before == (new_catalog, new_lock))
            if backup:
                seen.append((backup, before))
        assert list(backups(catalog)) == [backup for backup, _ in reversed(seen)]
        for backup, before in seen:
            restore(catalog, backup, now=NOW, keep=99)
            assert read(catalog) == before
