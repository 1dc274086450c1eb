"""What the rows of a file have at each place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from modelsync.catalog.document import Node, Scalar
from modelsync.discovery.survey import Site
from modelsync.discovery.words import Way


class Column(Struct):
    """One way, and what the rows have there."""

    way: Way
    nodes: list[tuple[Site, Node]]

    @property
    def scalars(self) -> list[tuple[Site, Scalar]]:
        """Those that are single values."""
        return [(site, node) for site, node in self.nodes if isinstance(node, Scalar)]


def columns_of(sites: Iterable[Site]) -> list[Column]:
    """Gather what rows have at each way, the ways that most rows have first."""
    found: defaultdict[Way, list[tuple[Site, Node]]] = defaultdict(list)
    for site in sites:
        for way, node in site.values.items():
            if not any('"' in key for key in way):  # no path can spell such a key
                found[way].append((site, node))
    return sorted(
        (Column(way, nodes) for way, nodes in found.items()), key=lambda column: (-len(column.nodes), len(column.way))
    )
