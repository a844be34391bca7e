"""Traits of ops that say how outputs lie in memory, held against the strides of torch's own tensors."""

import pytest
import torch

from costcalc.analysis.strides import strides
from costcalc.conventions.examples import EXAMPLES, IMAGE
from costcalc.convert.to_torch import to_torch, zeros
from costcalc.spec import trace, transpose
from costcalc.spec.rules import RULES
from costcalc.spec.trace import op
from costcalc.spec.traits import TRAITS, traits

CHANNELS_LAST, OTHER = (0, 3, 1, 2), (0, 2, 1, 3)
IMAGES = [name for name, example in EXAMPLES.items() if example.shape == IMAGE]


@pytest.mark.parametrize("axes", [CHANNELS_LAST, OTHER])
@pytest.mark.parametrize("name", IMAGES)
def test_outputs_lie_in_memory_as_torchs(name: str, axes: tuple[int, ...]) -> None:
    """The input is an image whose axes were permuted: the op sees (2, 4, 6, 6), in another order in memory."""
    shape = tuple((2, *IMAGE)[axes.index(i)] for i in range(4))

    graph = trace(lambda x: EXAMPLES[name].network(transpose(x, "permuted", axes)), shape)
    with torch.no_grad():
        made = to_torch(graph).eval()(*zeros(graph))
    outputs = made if isinstance(made, tuple | list) else [made]
    for tensor, real in zip(graph.outputs, outputs, strict=True):
        kept = [stride for stride, size in zip(strides(tensor), real.shape, strict=True) if size > 1]
        assert kept == [stride for stride, size in zip(real.stride(), real.shape, strict=True) if size > 1]


def test_traits_are_declared_with_the_op() -> None:
    assert set(TRAITS) == set(RULES)
    assert traits("leaky_relu").elementwise
    assert not traits("linear").elementwise
    with pytest.raises(TypeError, match="elementwize"):
        op(elementwize=True)
