"""LeNet-5: LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998, §II.B.

`lenet5` is the paper's: a C3 map reads only some maps of S2, subsampling is trained, and the output layer
measures distances to fixed vectors. Its tanh is scaled, 1.7159·tanh(2/3·a), which costs nothing here.
`lenet5_modern` is the network that has the name today: C3 full, plain pooling, ReLU, a linear output layer.
"""

from __future__ import annotations

from typing import Any

from costcalc.spec import (
    Tensor,
    architecture,
    avg_pool,
    block,
    concat,
    conv,
    flatten,
    linear,
    max_pool,
    rbf,
    relu,
    split,
    tanh,
)

C3 = (  # Table I: the maps of S2 that each map of C3 takes
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)  # fmt: skip


@block
def subsampling(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, H/2, W/2): four inputs added, times a coefficient, plus a bias: two params per map.

    The pool is a mean, so the coefficient is four times the paper's.
    """
    x = avg_pool(x, "sum", k=2)
    return conv(x, "coefficient", x.shape[1], k=1, groups=x.shape[1])


@block
def partial_convolution(x: Tensor, table: tuple[tuple[int, ...], ...], *, k: int) -> Tensor:
    """(N, C, H, W) -> (N, maps, H', W'): each map a convolution of its own, over the maps that `table` lists."""
    maps: Any = split(x, "maps", sizes=(1,) * x.shape[1])
    made = [
        conv(concat(*[maps[i] for i in taken], name=f"{number}_inputs"), f"{number}", 1, k=k)
        for number, taken in enumerate(table)
    ]
    return concat(*made, name="concat")


@architecture(
    year=1998,
    source="LeCun et al., Proc. IEEE 86(11), 1998, section II.B and Table I",
    input=(1, 32, 32),
    networks={"lenet5": {}},
    note="The vectors of the RBF output layer are fixed: they are no params.",
)
def lenet5(x: Tensor, classes: int = 10) -> Tensor:
    """(N, 1, 32, 32) -> squared distances to the classes (N, classes): the least one wins."""
    x = tanh(conv(x, "c1", 6, k=5))
    x = tanh(subsampling(x, "s2"))
    x = tanh(partial_convolution(x, "c3", C3, k=5))
    x = tanh(subsampling(x, "s4"))
    x = tanh(conv(x, "c5", 120, k=5))
    x = tanh(linear(flatten(x), "f6", 84))
    return rbf(x, "output", classes)


@architecture(
    year=1998,
    source="PyTorch's tutorial on neural networks, after LeCun et al. 1998",
    input=(1, 32, 32),
    networks={"lenet5_modern": {}},
)
def lenet5_modern(x: Tensor, classes: int = 10) -> Tensor:
    """(N, 1, 32, 32) -> logits (N, classes)."""
    x = max_pool(relu(conv(x, "conv1", 6, k=5)), k=2)
    x = max_pool(relu(conv(x, "conv2", 16, k=5)), k=2)
    x = relu(linear(flatten(x), "fc1", 120))
    x = relu(linear(x, "fc2", 84))
    return linear(x, "fc3", classes)
