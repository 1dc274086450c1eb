"""A verification as annotations beside the catalog's lines: what would fail is an error, what is to be looked at a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.views.github import Remark, annotate
from modelsync.views.verified import fix_text, verdict_text, weight

if TYPE_CHECKING:
    from modelsync.planning.verifying import Verdict
    from modelsync.views.github import LineOf
    from modelsync.views.verified import Verified


def verified_annotations(verified: Verified, line_of: LineOf) -> str:
    """Return one line an annotation; `line_of` gives the line of an entry by provider and key.

    A provider that was asked in vain is one warning, and what was corrected is a notice.
    """
    corrected = [verdict for verdict in verified.verdicts if verdict.fix and verified.applied]
    left = [verdict for verdict in verified.verdicts if verdict not in corrected]
    failed = [Remark(heard.display, heard.silence) for heard in verified.heard if heard.failed]
    errors = [_remark("Would fail", verdict) for verdict in left if weight(verdict) == "error"]
    warnings = failed + [_remark("To look at", verdict) for verdict in left if weight(verdict) == "warning"]
    notices = [
        Remark(f"Corrected: {verdict.name}", fix_text(verdict), verdict.provider, verdict.key) for verdict in corrected
    ]
    kinds = {"error": errors, "warning": warnings, "notice": notices}
    return "".join(annotate(kind, remarks, verified.catalog, line_of) for kind, remarks in kinds.items())


def _remark(title: str, verdict: Verdict) -> Remark:
    return Remark(f"{title}: {verdict.name}", verdict_text(verdict), verdict.provider, verdict.key)
