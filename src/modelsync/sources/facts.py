"""Facts of a model as providers spell them: days, token limits, features. What cannot be one is unknown, not an error."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST_LIMIT = 10**12
_NEVER = "2090"
_INPUTS = {
    "image": frozenset({"vision", "multimodal"}),
    "audio": frozenset({"audio_input", "multimodal"}),
    "video": frozenset({"video_input"}),
    "file": frozenset({"file_input"}),
}


def day(stated: object) -> str:
    """Return the ISO day (UTC) of a Unix time or of a date or time in ISO 8601; "" when it is none, or the epoch.

    Days from 2090 on stand for "not planned" and are unknown too.
    """
    try:
        if isinstance(stated, int | float):
            found = datetime.fromtimestamp(stated, UTC).date()
        else:
            found = date.fromisoformat(stated[:10]) if isinstance(stated, str) else date.min
    except (ValueError, OverflowError, OSError):
        return ""
    text = found.isoformat()
    return text if "1970-01-01" < text < _NEVER else ""


def tokens(stated: object) -> int | None:
    """Return a token limit: a whole number above zero. Zero says that the provider does not know."""
    if isinstance(stated, bool) or not isinstance(stated, int | float):
        return None
    return int(stated) if 0 < stated < LARGEST_LIMIT and stated == int(stated) else None


def inputs(modalities: Iterable[str]) -> frozenset[str]:
    """Return the features of a model that reads these (`image`, `audio`, `video`, `file`), besides text."""
    return frozenset[str]().union(*(_INPUTS.get(modality, ()) for modality in modalities))


def stated(flags: Iterable[tuple[object, str]]) -> tuple[frozenset[str], frozenset[str]]:
    """Sort pairs of flag and feature into (features, lacks). A flag that is neither true nor false states nothing."""
    pairs = tuple(flags)
    return (
        frozenset(feature for flag, feature in pairs if flag is True),
        frozenset(feature for flag, feature in pairs if flag is False),
    )
