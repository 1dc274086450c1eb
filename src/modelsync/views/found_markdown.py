"""The models of a catalog that fit what is asked, as a page in GitHub-flavoured Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.views.found import footnotes, headline, rows
from modelsync.views.gfm import code, page, prose, table
from modelsync.views.markdown import LONGEST_BYTES

if TYPE_CHECKING:
    from modelsync.views.found import Found

_ALL_OPEN = 40


def found_page(found: Found) -> str:
    """Render the models in order as a page that ends with a newline."""
    heads, cells = rows(found)
    told = [(code(name), *numbers, prose(remark)) for name, *numbers, remark in cells]
    named = tuple(head.capitalize() or "Remarks" for head in heads)
    notes = "".join(f"; {prose(note, 1000)}" for note in footnotes(found))
    opening = f"{prose(headline(found), 1000)}. In {code(found.catalog)}{notes}.\n"
    return page(
        opening, [table("Models", named, told, open_rows=_ALL_OPEN)] * bool(told), "", longest_bytes=LONGEST_BYTES
    )
