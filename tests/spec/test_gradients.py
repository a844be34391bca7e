"""Gradients that are one operation: their sizes and mult-adds, by arithmetic."""

from typing import Any

import pytest

from costcalc.spec import SpecError
from costcalc.spec.rules import facts_of

CONV = [(2, 8, 5, 5), (2, 4, 7, 7), (8, 2, 3, 3)]  # gradient, input, weight of 3x3 in 2 groups
FORWARD = 2 * 8 * 5 * 5 * 2 * 3 * 3
TRANSPOSED = [(2, 8, 7, 7), (2, 4, 5, 5), (4, 4, 3, 3)]
SPREAD = 2 * 4 * 5 * 5 * 4 * 3 * 3  # each of the input over a window of the output


@pytest.mark.parametrize(
    ("mask", "outputs", "times"),
    [
        ([True, True, True], [(2, 4, 7, 7), (8, 2, 3, 3), (8,)], 2),
        ([True, False, False], [(2, 4, 7, 7)], 1),
        ([False, True, True], [(8, 2, 3, 3), (8,)], 1),
        ([False, False, True], [(8,)], 0),
    ],
)
def test_conv_backward(mask: list[bool], outputs: list[Any], times: int) -> None:
    facts = facts_of("conv_backward", CONV, {"mask": mask, "groups": 2})
    assert list(facts.outputs) == outputs
    assert facts.macs is not None
    assert facts.macs.value == times * FORWARD
    assert facts_of("conv_backward", CONV, facts.settings) == facts
    assert facts.weights == {}


def test_conv_backward_of_a_transposed_convolution() -> None:
    facts = facts_of("conv_backward", TRANSPOSED, {"mask": [True, True, False], "groups": 2, "transposed": True})
    assert facts.outputs == ((2, 4, 5, 5), (4, 4, 3, 3))
    assert facts.macs is not None
    assert facts.macs.value == 2 * SPREAD


def test_attention_backward() -> None:
    """Queries of 4 heads, keys and values of 2: three products over 8 features, two over 6."""
    shapes = [(2, 4, 5, 6), (2, 4, 5, 8), (2, 2, 7, 8), (2, 2, 7, 6)]
    facts = facts_of("attention_backward", shapes, {})
    assert facts.outputs == tuple(shapes[1:])
    assert facts.macs is not None
    assert facts.macs.value == 2 * 4 * 5 * 7 * (3 * 8 + 2 * 6)


@pytest.mark.parametrize(
    ("op", "shapes", "settings"),
    [
        ("conv_backward", CONV, {"mask": [True, True], "groups": 2}),
        ("conv_backward", CONV, {"mask": [1, 1, 1], "groups": 2}),
        ("conv_backward", CONV, {"mask": [True] * 3, "groups": 0}),
        ("conv_backward", CONV, {"mask": [True] * 3, "groups": 1}),
        ("conv_backward", CONV[:2], {"mask": [True] * 3}),
        ("conv_backward", [(2, 8), (2, 4), (8, 2)], {"mask": [True] * 3, "groups": 2}),
        ("conv_backward", [(3, 8, 5, 5), *CONV[1:]], {"mask": [True] * 3, "groups": 2}),
        ("attention_backward", [(2, 4, 5, 6)] * 3, {}),
        ("attention_backward", [(2, 4, 5, 6), (2, 4, 5, 8), (2, 0, 7, 8), (2, 0, 7, 6)], {}),
        ("attention_backward", [(2, 4, 5, 6), (2, 4, 5, 8), (2, 3, 7, 8), (2, 3, 7, 6)], {}),
        ("attention_backward", [(2, 4, 5, 6), (2, 4, 5, 8), (2, 4, 7, 9), (2, 4, 7, 6)], {}),
    ],
)
def test_shapes_that_do_not_fit(op: str, shapes: list[Any], settings: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        facts_of(op, shapes, settings)
