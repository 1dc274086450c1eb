"""The pieces of a page in GitHub-flavoured Markdown: text that stays text, and sections that are cut to fit a page.

GitHub links mentions, issue numbers, commit hashes and addresses after Markdown is done with a text, so that no backslash
stops it; in a code span it links nothing. Hence whatever is not a harmless word stands in a code span.
"""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING

from msgspec import Struct

from modelsync.views.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WORD = re.compile(r"""([("']*)(?:`([^`]+)`|(\S*?))([.,;:!?)"'…]*)(?:\s+|\Z)""")
_HARMLESS = re.compile(
    r"(?![0-9a-fA-F]{7,40}\Z)[^\W\d_]+(?:['’-][^\W\d_]+)*\Z"  # a word, unless it may be a commit's hash
    r"|[→–±+-]?\d{1,6}(?:[.,]\d{1,6})*%?\Z"
    r"|\d{4}-\d\d-\d\d\Z"
    r"|[→–%]?\Z"
)
_OPEN_ROWS = 10


def code(text: str, longest: int = 200) -> str:
    """Return a code span that shows `text`, cut after `longest` characters; `(empty)` for no text."""
    shown = _shown(text, longest)
    if not shown:
        return "(empty)"
    runs = set(re.findall("`+", shown))
    ticks = next(run for length in count(1) if (run := "`" * length) not in runs)  # GitHub gives up at 80 of them
    delicate = (
        shown[0] in "` " or shown[-1] in "` "
    )  # Markdown takes a space away from either end, if not all are spaces
    framed = delicate and shown.strip(" ")
    return f"{ticks} {shown} {ticks}" if framed else f"{ticks}{shown}{ticks}"


def prose(text: str, longest: int = 400) -> str:
    """Return a sentence in which every word that Markdown or GitHub could take for more than a word is in a code span.

    What the sentence quotes in backticks becomes a code span too. Meant to stand behind something, not to begin a line.
    """
    words: list[_Word] = []
    for before, quoted, bare, after in _WORD.findall(_shown(text, longest).strip()):
        word = _Word(before, quoted or bare, after, coded=bool(quoted), risky=not quoted and not _HARMLESS.match(bare))
        if words and words[-1].joins(word):  # a command and its options are one thing
            words[-1] = _Word(words[-1].before, f"{words[-1].core} {word.core}", after, risky=True)
        else:
            words.append(word)
    return " ".join(map(str, words)).rstrip()


def _shown(text: str, longest: int) -> str:
    """Cut also what has become longer by escaping: ten letters may stand for one."""
    return visible(visible(text, longest), longest)


class _Word(Struct, frozen=True):
    """A word between its punctuation: quoted in the text, or risky as bare text, or neither."""

    before: str
    core: str
    after: str
    coded: bool = False
    risky: bool = False

    def joins(self, following: _Word) -> bool:
        return self.risky and following.risky and not self.after and not following.before

    def __str__(self) -> str:
        core = code(self.core, len(self.core)) if self.coded or self.risky else self.core
        return f"{self.before}{core}{self.after}"


def _row(cells: Iterable[str]) -> str:
    """Return a row of a table. A pipe would end a cell even in a code span."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def bullets(title: str, items: Iterable[str], *, open_rows: int = _OPEN_ROWS) -> Section:
    """Make a section of a list, most important item first."""
    return Section(title, tuple(f"- {item}\n" for item in items), "", open_rows)


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], *, open_rows: int = _OPEN_ROWS) -> Section:
    """Make a section of a table, most important row first; cells are finished Markdown. Columns empty in every row go."""
    columns = [number for number in range(len(head)) if any(cells[number] for cells in rows)]
    lines = tuple(_row(cells[number] for number in columns) for cells in rows)
    top = _row(head[number] for number in columns) + _row("---" for _ in columns)
    return Section(title, lines, top, open_rows)


class Section(Struct, frozen=True):
    """A titled part of a page: lines of a list or, below `head`, of a table. Folded when it has more than `open_rows`."""

    title: str
    lines: tuple[str, ...]
    head: str = ""
    open_rows: int = _OPEN_ROWS

    def render(self, shown: int) -> str:
        """Return the section with its first `shown` lines, saying how many more there are."""
        total = len(self.lines)
        body = self.head * bool(shown) + "".join(self.lines[:shown])
        if shown < total:
            body += "\n" * bool(shown) + f"and {total - shown} more\n"
        if total > self.open_rows:
            return f"\n<details><summary>{self.title}: {total}</summary>\n\n{body}\n</details>\n"
        return f"\n### {self.title}: {total}\n\n{body}"

    def frame_bytes(self) -> int:
        """The most bytes that the section needs besides its lines."""
        return _bytes(self.render(0)) + _bytes(self.head) + 1


def page(opening: str, sections: Sequence[Section], closing: str, *, longest_bytes: int) -> str:
    """Join a page of at most `longest_bytes` of UTF-8, cutting sections between lines, the last sections first.

    Each section has a fair share of the page to itself before an earlier one may have what is left.
    """
    room = longest_bytes - _bytes(opening) - _bytes(closing) - sum(section.frame_bytes() for section in sections)
    shares = [room // max(len(sections), 1)] * len(sections)
    shown = [_fitting(section.lines, share) for section, share in zip(sections, shares, strict=True)]
    room -= sum(_bytes("".join(section.lines[:lines])) for section, lines in zip(sections, shown, strict=True))
    for place, section in enumerate(sections):
        more = _fitting(section.lines[shown[place] :], room)
        room -= _bytes("".join(section.lines[shown[place] : shown[place] + more]))
        shown[place] += more
    return opening + "".join(section.render(lines) for section, lines in zip(sections, shown, strict=True)) + closing


def _fitting(lines: Sequence[str], room: int) -> int:
    """Count the first lines that fit into so many bytes."""
    for number, line in enumerate(lines):
        room -= _bytes(line)
        if room < 0:
            return number
    return len(lines)


def _bytes(text: str) -> int:
    return len(text.encode())
