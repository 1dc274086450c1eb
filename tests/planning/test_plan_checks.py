"""What no plan may hold, wherever it comes from."""

from __future__ import annotations

from decimal import Decimal

import pytest

from modelsync.domain.lock import Lock
from modelsync.planning.changes import Digests, FieldChange, Hold, Keep, Plan, Remove
from modelsync.planning.plan_checks import check_plan

GONE = Remove("openai", "old", "openai/old", "gone upstream since 2026-02-01")
TIER = "pricing.tiers.200000.input"


@pytest.mark.parametrize("field", ["pricing.input", TIER, "pricing.batch.output", "pricing.windows.0100-0400.input"])
@pytest.mark.parametrize("removed_first", [True, False])
def test_of_an_entry_that_goes_nothing_is_kept_or_held(field: str, *, removed_first: bool) -> None:
    """Whatever price it is, and in whatever order they stand; of another entry it may."""
    price = Decimal("0.000001")
    keep = Keep("openai", "old", field, price, price * 2, "set by hand", "0.001")
    hold = Hold("openai", "old", "openai/old", "price", "x", "y", (FieldChange(field, price, price * 20),))
    for other in (keep, hold):
        changes = (GONE, other) if removed_first else (other, GONE)
        with pytest.raises(
            ValueError, match=rf"changes\[1\] \(openai/old\): the field {field} is in another change too"
        ):
            check_plan(_plan(*changes))
    check_plan(_plan(GONE, Keep("openai", "new", field, price, price * 2, "set by hand", "0.001")))


def _plan(*changes: Remove | Keep | Hold) -> Plan:
    lock = Lock("1k", "default", {}, catalog="llm_models.yml")
    return Plan(changes, (), lock, "1k", Digests("", "", ""), "models.json", "2026-03-01")
