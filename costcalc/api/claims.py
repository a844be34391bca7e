"""`costcalc.claims`."""

from __future__ import annotations

from costcalc import models
from costcalc.analysis.claims import check
from costcalc.conventions import find
from costcalc.report.claims_table import claims_report
from costcalc.report.report import Report


def claims() -> Report:
    """The literature's claims about cost, recomputed from the networks, each with a verdict and its arithmetic."""
    return claims_report(check(lambda name, batch: models.graph(name, batch=batch), find))
