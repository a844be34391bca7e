"""Invalid calls, as text, and values that are invalid for every argument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from costcalc.spec import CostcalcError


class Rude:
    """An object that answers nothing."""

    def __getattr__(self, name: str) -> Any:
        raise ValueError(name)

    def __repr__(self) -> str:
        raise RuntimeError("no")


VALUES = {"rude": Rude(), "nan": float("nan"), "inf": float("inf")}


def refusal(call: str, names: Mapping[str, Any]) -> str:
    """The line of the CostcalcError that a call ends in."""
    with pytest.raises(CostcalcError) as caught:
        eval(call, {**names, **VALUES})
    line = str(caught.value)
    assert line.isprintable()
    assert 0 < len(line) < 600
    return line
