"""A table of text: columns of one width, without those that are empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from modelsync.views.lines import Line

_WIDEST = 60


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Collection[str], styles: Mapping[str, str]
) -> Iterator[Line]:
    """A row of heads, then the rows; columns that are empty in every row are left out.

    `numbers` are the heads of columns that stand to the right, `styles` has what is not dim.
    """
    columns = [column for column in zip(heads, *rows, strict=True) if any(column[1:])]
    looks = [styles.get(head, "dim") for head, *_ in columns]
    first, *padded = zip(*(_padded(column, right=column[0] in numbers) for column in columns), strict=True)
    yield _row(["dim"] * len(columns), first)
    for row in padded:
        yield _row(looks, row)


def _padded(column: Sequence[str], *, right: bool) -> list[str]:
    """Bring the cells of a column to one width, numbers with their points in one place; one wider than most screens juts out."""
    head, *cells = column
    if right:
        decimals = max(map(_decimals, cells))
        cells = [f"{text}{'':{decimals - _decimals(text)}}" for text in cells]
    width = min(max(map(len, (head, *cells))), _WIDEST)
    return [f"{text:>{width}}" if right else f"{text:<{width}}" for text in (head, *cells)]


def _decimals(text: str) -> int:
    """Count the letters from a number's point on."""
    return len(text) - len(text.partition(".")[0])


def _row(styles: Sequence[str], texts: Sequence[str]) -> Line:
    """Put cells side by side, with no blanks at the end of the line."""
    last = max(number for number, text in enumerate(texts) if text.strip())
    spans = [(style, f"  {text}") for style, text in zip(styles, texts, strict=True)]
    return (*spans[:last], (spans[last][0], spans[last][1].rstrip()))
