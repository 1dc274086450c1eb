"""JSON that people review: what cannot be seen in it is spelled out, so that nothing in a file looks like something else."""

from __future__ import annotations


def legible(encoded: str) -> str:
    """Return JSON in which control, bidi, zero-width and unassigned characters are escapes: the same value for every reader.

    `encoded` is JSON, in which such characters can only be inside strings.
    """
    if encoded.isascii() and "\x7f" not in encoded:
        return encoded
    return "".join(letter if letter.isprintable() or letter == "\n" else _escape(letter) for letter in encoded)


def _escape(letter: str) -> str:
    pair = letter.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{pair[place : place + 4]}" for place in range(0, len(pair), 4))
