"""How much the slow tests run. All networks of the zoo with ``COSTCALC_MODELS=all``, else the cheapest of each family.

``COSTCALC_EXAMPLES=5000`` draws as many random networks per test.
"""

import os
from collections.abc import Sequence

from costcalc import zoo
from costcalc.analysis.cost import Cost


def _cheapest() -> list[str]:
    found: dict[str, tuple[int, str]] = {}
    for network in zoo.all_networks():
        cost = Cost(network.build()).macs, network.name
        found[network.family] = min(cost, found.get(network.family, cost))
    return [name for _, name in found.values()]


ALL = os.environ.get("COSTCALC_MODELS") == "all"

NAMES = [network.name for network in zoo.all_networks()] if ALL else _cheapest()

EXAMPLES = int(os.environ.get("COSTCALC_EXAMPLES", "100"))


def of(few: Sequence[str], every: Sequence[str]) -> Sequence[str]:
    """A few names, or every one with ``COSTCALC_MODELS=all``."""
    return every if ALL else few
