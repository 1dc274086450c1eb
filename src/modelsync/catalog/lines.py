"""The lines of a text, found once and looked up by bisection; and which of them are blank or comments.

Lines are numbered from 0 here. A line ends at what YAML 1.1 calls a break: LF, CR LF, CR, NEL, LS or PS.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate

BREAK = "\r\n|[\n\r\x85\u2028\u2029]"
UNUSUAL_BREAKS = "\r\x85\u2028\u2029"
BREAKS = "\n\r\x85\u2028\u2029"


@lru_cache(maxsize=2)
def line_starts(text: str) -> list[int]:
    """Where each line starts. The last two texts are remembered, so that looking up many places stays linear."""
    if any(unusual in text for unusual in UNUSUAL_BREAKS):
        return [0, *(match.end() for match in re.finditer(BREAK, text))]
    return [0, *accumulate(len(line) + 1 for line in text.split("\n")[:-1])]


def position(text: str, index: int) -> tuple[int, int]:
    """Line and column of a character, both counted from 1."""
    starts = line_starts(text)
    line = bisect_right(starts, index) - 1
    return line + 1, index - starts[line] + 1


class Lines:
    """A text by its lines. `len(lines)` counts a last empty line only where the text does not end with a break."""

    __slots__ = ("count", "starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = line_starts(text)
        self.count = len(self.starts) - (self.starts[-1] == len(text))

    def number(self, index: int) -> int:
        """The line a character is on."""
        return bisect_right(self.starts, index) - 1

    def start(self, number: int) -> int:
        """Where a line starts; the end of the text for lines past the last."""
        return self.starts[number] if number < len(self.starts) else len(self.text)

    def column(self, index: int) -> int:
        """How many characters stand before this one on its line (a byte order mark is none)."""
        start = self.start(self.number(index))
        return index - start - (start == 0 and self.text.startswith("\ufeff") and index > 0)

    def line(self, number: int) -> str:
        """A line without its break."""
        return self.text[self.start(number) : self.start(number + 1)].rstrip(BREAKS)

    def end(self, number: int) -> int:
        """Where a line ends, before its break."""
        return self.start(number) + len(self.line(number))

    def before(self, index: int) -> str:
        """The text between the start of a line and a character on it."""
        return self.text[self.start(self.number(index)) : index].removeprefix("\ufeff")

    def is_blank(self, number: int) -> bool:
        """Whether a line exists and has nothing on it."""
        return 0 <= number < self.count and not self.line(number).strip(" \t\ufeff")

    def comment_column(self, number: int) -> int | None:
        """The column of the `#` of a line that is only a comment, or None."""
        if number >= self.count:
            return None
        line = self.line(number).removeprefix("\ufeff")
        stripped = line.lstrip(" \t")
        return len(line) - len(stripped) if stripped.startswith("#") else None

    def next_comment(self, number: int) -> int | None:
        """The column of a comment that follows a line, blank lines aside; None where something else follows."""
        number += 1
        while self.is_blank(number):
            number += 1
        return self.comment_column(number)
