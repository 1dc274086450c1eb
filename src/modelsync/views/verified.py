"""What a verification found, to show: the facts that every format shares, and the styled lines of a terminal."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from modelsync.errors import Exit
from modelsync.views.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelsync.planning.verifying import Heard, Remark, Verdict
    from modelsync.views.lines import Line

REMARKS = {
    "same-model": "One model, several entries",
    "similar-keys": "Keys that are nearly the same",
    "unpriced": "No price known",
}
"""Every kind of remark, with its heading."""

_MARKS = {"error": ("red", "!"), "warning": ("yellow", "~"), "unknown": ("dim", "?"), "fine": ("green", "=")}
_REMARKS_SHOWN = 12


class Verified(Struct, frozen=True):
    """A verification of a catalog on a day (ISO).

    `fixing` says that ids were to be corrected, `applied` that they were; `backup` is the path of the catalog's backup.
    `chosen` says that entries were named, so that each is shown.
    """

    catalog: str
    day: str
    heard: tuple[Heard, ...]
    verdicts: tuple[Verdict, ...]
    remarks: tuple[Remark, ...]
    chosen: bool = False
    fixing: bool = False
    applied: bool = False
    backup: str | None = None
    exit_code: Exit = Exit.DONE
    messages: tuple[str, ...] = ()


def weight(verdict: Verdict) -> str:
    """Sort a verdict into `error`, `warning`, `unknown` or `fine`."""
    return "unknown" if verdict.state == "unknown" else verdict.level


def counts(verified: Verified) -> dict[str, int]:
    """Count entries: `failing`, `warnings`, `unknown`, `fine` and, of a run that corrects, `corrected` add up to all of them."""
    weights = ["corrected" if verified.fixing and verdict.fix else weight(verdict) for verdict in verified.verdicts]
    names = {"failing": "error", "warnings": "warning", "unknown": "unknown", "fine": "fine", "corrected": "corrected"}
    return {name: weights.count(kind) for name, kind in names.items()}


def summary(verified: Verified) -> str:
    """Say in one sentence how many entries are fine and how many are not."""
    corrected = "corrected" if verified.applied else "to correct"
    told = {
        "failing": "would fail", "warnings": "to look at", "unknown": "unknown", "fine": "fine", "corrected": corrected,
    }  # fmt: skip
    found = counts(verified)
    return ", ".join(f"{found[name]} {text}" for name, text in told.items() if found[name]) or "no entries"


def source_text(heard: Heard) -> str:
    """Say in one line what came of asking a provider."""
    if heard.served is None:
        return heard.silence
    total = len(heard.served.models)
    incomplete = "" if heard.served.complete else f", incomplete: {heard.served.incomplete_because}"
    return f"{total} model{'' if total == 1 else 's'}{incomplete}"


def verdict_text(verdict: Verdict) -> str:
    """Say what is known of an entry, and why it cannot be corrected where that is so."""
    told = f"`{verdict.model_id}`: " if verdict.model_id not in ("", verdict.key) else ""
    left = f"; --fix leaves it: {verdict.unfixable}" if verdict.unfixable else ""
    return f"{told}{verdict.text}{left}"


def fix_text(verdict: Verdict) -> str:
    """Spell the correction of a model id."""
    return f"{verdict.model_id} → {verdict.fix}"


def verified_lines(verified: Verified, *, verbose: bool) -> Iterator[Line]:
    """Render the providers, what is not fine about their entries (all of it where entries were named), and a summary."""
    yield (("bold", visible(verified.catalog)), ("", f" against its providers' own lists of {verified.day}"))
    for heard in verified.heard:
        style = "red" if heard.failed else "" if heard.served is not None else "dim"
        yield (("", f"  {visible(heard.display)}: "), (style, visible(source_text(heard), 400)))
    silent = {heard.provider for heard in verified.heard if heard.served is None}
    for provider, group in groupby(verified.verdicts, key=lambda verdict: verdict.provider):
        told = [one for one in group if verbose or verified.chosen or _tells(one, silent)]
        if told:
            yield ()
            yield (("bold", visible(provider)),)
        for verdict in told:
            heard = replace(verdict, text="no list to look it up in") if provider in silent else verdict
            yield from _verdict(heard, verified)
    yield from _remarks(verified, verbose=verbose)
    yield ()
    yield (("bold", f"{summary(verified)}."),)
    yield from _outcome(verified)


def _tells(verdict: Verdict, silent: set[str]) -> bool:
    """What is fine goes without saying, and so does every single entry of a provider that gave no list."""
    return weight(verdict) != "fine" and verdict.provider not in silent


def _verdict(verdict: Verdict, verified: Verified) -> Iterator[Line]:
    style, mark = _MARKS[weight(verdict)]
    text = visible(verdict_text(verdict), 400)
    yield (("", "  "), (style, f"{mark} {visible(verdict.key)}"), ("dim", f"  {text}"))
    if verdict.fix and verified.fixing:
        yield (("", f"      model  {visible(fix_text(verdict), 400)}"),)


def _remarks(verified: Verified, *, verbose: bool) -> Iterator[Line]:
    for kind, heading in REMARKS.items():
        members = [remark for remark in verified.remarks if remark.kind == kind]
        if not members:
            continue
        yield ()
        yield (("bold", f"{heading}:"), ("dim", f" {len(members)}"))
        shown = members if verbose else members[:_REMARKS_SHOWN]
        for remark in shown:
            yield (("", f"  {visible(', '.join(remark.entries), 400)}"), ("dim", f"  {visible(remark.text, 400)}"))
        if len(shown) < len(members):
            yield (("dim", f"  and {len(members) - len(shown)} more (--verbose shows all)"),)


def _outcome(verified: Verified) -> Iterator[Line]:
    fixes = sum(bool(verdict.fix) for verdict in verified.verdicts)
    if verified.backup:
        yield (("", f"Backup created: {visible(verified.backup, 4096)}"),)
    elif verified.fixing and not verified.applied:
        yield (("", "Dry run: nothing was written." if fixes else "There is nothing that --fix could correct."),)
    elif fixes and not verified.applied:
        yield (("dim", f"`modelsync verify --fix` corrects {fixes} model id{'' if fixes == 1 else 's'}."),)
    yield from ((("", f"Note: {visible(message, 400)}"),) for message in verified.messages)
