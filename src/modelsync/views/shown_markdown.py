"""Everything a catalog says of one model, as a page in GitHub-flavoured Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.views.gfm import code, page, prose, table
from modelsync.views.markdown import LONGEST_BYTES
from modelsync.views.shown import facts, price_heads, price_rows

if TYPE_CHECKING:
    from modelsync.views.shown import Shown

_ALL_OPEN = 40


def shown_page(shown: Shown) -> str:
    """Render one model as a page that ends with a newline."""
    told = [(name.capitalize(), code(text, 500)) for name, text in facts(shown).items()]
    rows = [
        (code(name), usual, code(written), since, prose(source))
        for name, usual, written, since, source in price_rows(shown)
    ]
    heads = tuple(head[0].upper() + head[1:] for head in price_heads(shown))
    sections = [table("Facts", ("Fact", "Value"), told, open_rows=_ALL_OPEN)]
    sections += [table("Prices", heads, rows, open_rows=_ALL_OPEN)] * bool(rows)
    damage = f"\n**Not all prices can be read:** {prose(shown.damage)}\n" if shown.damage else ""
    return page(f"{code(shown.model.name)}\n{damage}", sections, "", longest_bytes=LONGEST_BYTES)
