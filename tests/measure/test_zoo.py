"""Every network of the zoo, at its own input: all checks of the three tools that read a plain torch model.

The other tools have the zoo in their own tests; all of it by hand: ``costcalc verify --all --tools all``.
"""

import pytest
from unfilled import unfilled

from costcalc import zoo
from costcalc.measure.verify import verify
from costcalc.measure.worker import in_process


@pytest.mark.parametrize("name", [network.name for network in zoo.all_networks()])
def test_computed_is_reported(name: str) -> None:
    with unfilled():
        verdict = verify(zoo.find(name).build(), report=in_process)
    assert verdict.ok, [check for check in verdict.checks if not check.equal]
