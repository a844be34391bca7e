"""Arithmetic intensity: mult-adds per byte moved."""

from __future__ import annotations

from costcalc.analysis.quantities.bytes_moved import QUANTITY as BYTES_MOVED
from costcalc.analysis.quantities.mult_adds import QUANTITY as MULT_ADDS
from costcalc.analysis.quantity import Ratio

QUANTITY = Ratio("intensity", "intensity", MULT_ADDS, BYTES_MOVED, unit="mult-adds/B")
