"""Where a catalog stands, as JSON for machines. The shapes are documented in docs/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelsync.domain import fields
from modelsync.planning.standing import days_between
from modelsync.views.json import VERSION, dump, prefixed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelsync.planning.standing import EntryStanding, FieldStanding, Gone, Pin, Seen
    from modelsync.views.standing import InForce, Status


def status_json(status: Status) -> str:
    """Render the standing of a whole catalog as one JSON object with a final newline."""
    standing = status.standing
    return dump({
        **_head(status),
        "newest": _newest(status),
        "warnings": list(status.warnings),
        "providers": {provider: standing.counts(provider) for provider in standing.providers},
        "kept": [{"entry": entry.name, **_field(field, status.unit)} for entry, field in standing.kept],
        "deleted_values": [{"entry": entry.name, **_field(field, status.unit)} for entry, field in standing.taken_out],
        "pinned": [{"entry": entry.name, **_pin(pin)} for entry in standing.entries for pin in entry.pins],
        "held": [_held(entry, field) for entry, field in standing.held],
        "stale": [_stale(entry, status) for entry in standing.of("stale")],
        "expiring": [{"entry": entry.name, **_ending(entry.retires)} for entry in standing.entries if entry.retires is not None],
        "unknown": [{"entry": entry.name, "model": entry.model_id, "since": entry.since} for entry in standing.of("unknown")],
        "new": [{"entry": entry.name, "model": entry.model_id} for entry in standing.of("new")],
        "renamed": [{"entry": entry.name, "was": entry.was} for entry in standing.entries if entry.was],
        "deleted": [{"entry": gone.name, "upstream": gone.upstream} for gone in standing.deleted],
        "tombstones": _gone(standing.tombstones),
        "pruned": _gone(standing.pruned),
        "settings": [_setting(setting) for setting in status.settings],
    })  # fmt: skip


def entries_json(entries: Iterable[EntryStanding], status: Status) -> str:
    """Render some entries, field by field, as one JSON object with a final newline."""
    return dump({**_head(status), "entries": [_entry(entry, status.unit) for entry in entries]})


def _head(status: Status) -> dict[str, Any]:
    lock = status.lock
    made = {"path": lock.path, "unit": lock.unit, "preset": lock.preset} if lock is not None else None
    return {"version": VERSION, "catalog": status.catalog, "unit": status.unit, "lock": made}


def _newest(status: Status) -> dict[str, Any] | None:
    seen = status.standing.newest
    if seen is None:
        return None
    return {"source": seen.source, "day": seen.day, "days_ago": days_between(seen.day, status.today)}


def _entry(entry: EntryStanding, unit: str) -> dict[str, Any]:
    return {
        "entry": entry.name,
        "model": entry.model_id,
        "upstream": entry.upstream,
        "state": entry.state,
        "why": entry.why,
        "since": entry.since,
        "was": entry.was,
        "way_out": entry.way_out,
        "retires": _ending(entry.retires) if entry.retires is not None else None,
        "pins": [_pin(pin) for pin in entry.pins],
        "fields": [_field(field, unit) for field in entry.told],
    }


def _field(field: FieldStanding, unit: str) -> dict[str, Any]:
    return {
        "field": field.field,
        "state": field.state,
        "why": field.why,
        "since": field.since,
        "command": field.command,
        **prefixed("ours", field.field, field.ours, unit),
        "ours_text": field.ours_text,
        "base": _seen(field, field.base, unit),
        "theirs": _seen(field, field.theirs, unit),
    }


def _seen(field: FieldStanding, seen: Seen | None, unit: str) -> dict[str, Any] | None:
    if seen is None:
        return None
    value = {} if field.field in fields.FILLED else prefixed("value", field.field, seen.value, unit)
    return {**value, "source": seen.source, "day": seen.day}


def _ending(retires: Seen) -> dict[str, object]:
    return {"day": retires.value, "source": retires.source, "since": retires.day}


def _pin(pin: Pin) -> dict[str, Any]:
    return {"fields": list(pin.fields), "by": pin.glob or "entry"}


def _held(entry: EntryStanding, field: FieldStanding) -> dict[str, Any]:
    return {
        "entry": entry.name,
        "what": field.field,
        "reason": field.why,
        "since": field.since,
        "way_out": field.command,
    }


def _stale(entry: EntryStanding, status: Status) -> dict[str, Any]:
    days = days_between(entry.since, status.today)
    return {
        "entry": entry.name,
        "upstream": entry.upstream,
        "since": entry.since,
        "days": days,
        "grace_days": status.grace_days,
    }


def _gone(gone: Iterable[Gone]) -> list[dict[str, str]]:
    return [{"provider": one.provider, "upstream": one.upstream, "day": one.day} for one in gone]


def _setting(setting: InForce) -> dict[str, Any]:
    return {"setting": setting.setting, "value": setting.value, "origin": setting.origin, "place": setting.place}
