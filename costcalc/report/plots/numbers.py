"""The exact numbers of a figure, for the table of what is drawn."""

from __future__ import annotations

from typing import Any

from costcalc.analysis.quantity import Quantity
from costcalc.report.column import Column
from costcalc.report.style import FULL


def amounts_of(quantity: Quantity) -> Column[Any]:
    """The column of a quantity of costs or rows."""
    return Column(quantity.heading, lambda item: FULL.cell(item[quantity.key]), True, key=quantity.key)
