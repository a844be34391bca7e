"""`costcalc.published`."""

from __future__ import annotations

from costcalc import models, zoo
from costcalc.analysis.published import join
from costcalc.report.published_table import published_report
from costcalc.report.report import Report


def published(network: str) -> Report:
    """Each cell that papers print of a network of the zoo, beside the computed figure, with a verdict and a reason.

    Raises CostcalcError for a network that the zoo or its papers' tables do not have.
    """
    name = zoo.find(network).name  # a file can call its network by any name
    return published_report(name, join(name, models.graph))
