"""Text replacements on the old text, and joining them into one new text."""

from __future__ import annotations

from bisect import bisect_left

from msgspec import Struct

from modelsync.errors import SpliceMismatch


class Span(Struct, frozen=True):
    """Replace `text[start:end]`. Of insertions at one place the deeper collection's comes first. `keep_break`: the line
    break before must stay, even at the end of a file that has none. `yields`: another replacement of any of its
    characters wins, and this one is left out.
    """

    start: int
    end: int
    replacement: str
    depth: int = 0
    keep_break: bool = False
    yields: bool = False


def merge(spans: list[Span]) -> list[Span]:
    """Spans in order, those that touch at one place joined, without empty ones. Raises `SpliceMismatch` where two
    replace the same characters.
    """
    merged: list[Span] = []
    for span in sorted(_wanted(spans), key=lambda span: (span.start, span.end > span.start, -span.depth)):
        last = merged[-1] if merged else None
        if last is not None and span.start < last.end:
            msg = f"two edits replace the same characters at {span.start}"
            raise SpliceMismatch(msg)
        if last is not None and span.start == last.end:
            keep = last.keep_break or span.keep_break
            merged[-1] = Span(last.start, span.end, last.replacement + span.replacement, keep_break=keep)
        else:
            merged.append(span)
    return [span for span in merged if span.start < span.end or span.replacement]


def _wanted(spans: list[Span]) -> list[Span]:
    """All spans but those that yield to another."""
    yielding = [span for span in spans if span.yields]
    if not yielding:
        return spans
    firm = [span for span in spans if not span.yields]
    bounds = sorted((span.start, span.end) for span in firm)
    return firm + [span for span in yielding if not _overlaps(span, bounds)]


def _overlaps(span: Span, bounds: list[tuple[int, int]]) -> bool:
    """Whether a span shares characters with one of those that have these bounds, or surrounds an insertion."""
    number = bisect_left(bounds, (span.end, -1)) - 1
    return number >= 0 and bounds[number][1] > span.start


def apply(text: str, spans: list[Span]) -> str:
    """The text with ordered spans replaced."""
    parts: list[str] = []
    done = 0
    for span in spans:
        parts += (text[done : span.start], span.replacement)
        done = span.end
    return "".join((*parts, text[done:]))
