"""A verification as a page in GitHub-flavoured Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.views.gfm import bullets, code, page, prose, table
from modelsync.views.markdown import LONGEST_BYTES
from modelsync.views.verified import REMARKS, fix_text, source_text, summary, weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelsync.planning.verifying import Verdict
    from modelsync.views.gfm import Section
    from modelsync.views.verified import Verified

_HEADS = {"error": "Would fail", "warning": "To look at", "unknown": "Unknown", "fine": "Fine"}
_COLUMNS = ("Entry", "Model id", "What was found", "Correction")
_ALL_OPEN = 40


def verified_page(verified: Verified) -> str:
    """Render a verification as a page that ends with a newline."""
    opening = f"{code(verified.catalog)} against its providers' own lists of {verified.day}: **{summary(verified)}**.\n"
    sections = [section for section in _sections(verified) if section.lines]
    return page(opening, sections, _closing(verified), longest_bytes=LONGEST_BYTES)


def _sections(verified: Verified) -> Iterator[Section]:
    """Yield every section, the most important first; those without lines too."""
    corrected = [verdict for verdict in verified.verdicts if verdict.fix and verified.applied]
    yield table("Corrected", _COLUMNS, [_row(verdict) for verdict in corrected], open_rows=_ALL_OPEN)
    for kind, head in _HEADS.items():
        rows = [_row(verdict) for verdict in verified.verdicts if weight(verdict) == kind and verdict not in corrected]
        open_rows = 0 if kind == "fine" else _ALL_OPEN
        yield table(head, _COLUMNS, rows, open_rows=open_rows)
    for kind, heading in REMARKS.items():
        told = (remark for remark in verified.remarks if remark.kind == kind)
        yield bullets(heading, [f"{', '.join(map(code, remark.entries))}: {prose(remark.text)}" for remark in told])
    yield bullets("Asked", [f"{prose(heard.display)}: {prose(source_text(heard))}" for heard in verified.heard])
    yield bullets("About this run", [f"Note: {prose(message)}" for message in verified.messages])


def _row(verdict: Verdict) -> tuple[str, ...]:
    fix = code(fix_text(verdict)) if verdict.fix else prose(verdict.unfixable)
    return code(verdict.name), code(verdict.model_id), prose(verdict.text), fix


def _closing(verified: Verified) -> str:
    fixes = sum(bool(verdict.fix) for verdict in verified.verdicts)
    if not fixes or verified.applied:
        return ""
    return f"\n`modelsync verify --fix` corrects {fixes} model id{'' if fixes == 1 else 's'}.\n"
