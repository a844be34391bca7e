"""Networks of the zoo, at their own inputs: all checks of the three tools that read a plain torch model.

The other tools have them in their own tests; all of the zoo by hand: ``costcalc verify --all --tools all``.
"""

import pytest
import samples
from unfilled import unfilled

from costcalc import zoo
from costcalc.measure.subject import Subject
from costcalc.measure.verify import verify
from costcalc.measure.worker import reports_for


@pytest.mark.parametrize("name", samples.NAMES)
def test_computed_is_reported(name: str) -> None:
    """The three leave a model as it was: they are given one and the same."""
    graph = zoo.find(name).build()
    with unfilled():
        model, inputs = Subject(graph).build("cpu")
        verdict = verify(graph, report=lambda tool, *_: reports_for(tool, model, inputs))
    assert verdict.ok, [check for check in verdict.checks if not check.equal]
