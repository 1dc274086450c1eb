"""The day on which a model ends, as far as somebody has named one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelsync.domain.lock import Base
from modelsync.planning.ledger import is_native

if TYPE_CHECKING:
    from modelsync.normalize.upstream import Model
    from modelsync.planning.context import Inputs

EXPIRING = "expiring"
"""The kind of a note about a model that will not be there for ever."""


def retirement(model: Model, known: Base | None, inputs: Inputs) -> Base | None:
    """Return the day of a model's end with who named it, or None; `known` is what the lock has.

    The provider's word wins over upstream's, and stands where this run has no list of its own.
    """
    if (
        model.served is None
        and known is not None
        and inputs.policy.native_lists
        and is_native(known.source, model.provider)
    ):
        return known
    said = Base(model.expires, inputs.listing.source, inputs.listing.day) if model.expires else None
    if model.served is not None and model.served.retires and model.directory is not None:
        said = Base(model.served.retires, model.provider, model.directory.list.day)
    same = said is not None and known is not None and (said.value, said.source) == (known.value, known.source)
    return known if same else said


def ending(model: Model, retires: Base | None) -> str:
    """Say that a model ends, and who says so; empty when nobody does."""
    if retires is not None:
        own = is_native(retires.source, model.provider)
        return (
            f"its provider says it retires on {retires.value}"
            if own
            else f"upstream says it expires on {retires.value}"
        )
    deprecated = model.served is not None and model.served.lifecycle == "deprecated"
    return "its provider calls it deprecated" if deprecated else ""
