"""Families of networks whose times are predicted badly: `tables/no_estimate.csv`, by the setting of a run."""

from __future__ import annotations

import csv
import re
from functools import lru_cache

from costcalc.analysis.published import folder
from costcalc.spec.errors import CostcalcError


@lru_cache
def unreliable() -> dict[tuple[str, str], str]:
    """The median error of each family without a reliable estimate, by family and setting."""
    with open(folder() / "no_estimate.csv", encoding="utf-8", newline="") as lines:
        return {(row["family"], row["setting"]): row["median_error"] for row in csv.DictReader(lines)}


def family(network: str) -> str:
    """The leading letters of a network's name, without the library."""
    found = re.match(r"[a-z]+", network.rpartition(":")[2])
    return found[0] if found else network


def refuse_family(network: str, setting: str) -> None:
    """Raise CostcalcError for a network of a family without a reliable estimate."""
    error = unreliable().get((family(network), setting))
    if error is not None:
        raise CostcalcError(
            f"{network}: no estimate of times in {setting} for networks of the family {family(network)!r}, whose "
            f"predictions were off by {error} % in the median; see bound"
        )
