"""What providers serve, as a page in GitHub-flavoured Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.views.gfm import code, page, prose, table
from modelsync.views.markdown import LONGEST_BYTES
from modelsync.views.served import COLUMNS, cells, headline

if TYPE_CHECKING:
    from modelsync.views.gfm import Section
    from modelsync.views.served import Answer, Serving

_ALL_OPEN = 40
_HEADS = tuple(column.capitalize() or "Remarks" for column in COLUMNS)
_CODED = ("id", "in catalog")


def serving_page(serving: Serving, *, models: bool) -> str:
    """Render a table of the providers and, with `models`, one of each provider's models, as a page that ends with a newline."""
    rows = [
        (answer.display, prose(headline(answer, chosen=serving.chosen)), prose(answer.hint))
        for answer in serving.answers
    ]
    sections = [table("Providers", ("Provider", "What it serves", "What to do"), rows, open_rows=_ALL_OPEN)]
    sections += [_models(answer, serving.day) for answer in serving.answers if models and answer.offers]
    beside = f", compared with {code(serving.catalog)}" if serving.catalog else ""
    return page(f"What the providers serve on {serving.day}{beside}.\n", sections, "", longest_bytes=LONGEST_BYTES)


def _models(answer: Answer, day: str) -> Section:
    rows = [
        tuple(_cell(column, text) for column, text in zip(COLUMNS, cells(offer, day), strict=True))
        for offer in answer.offers
    ]
    return table(answer.display, _HEADS, rows)


def _cell(column: str, text: str) -> str:
    if not text:
        return ""
    return code(text) if column in _CODED else prose(text)
