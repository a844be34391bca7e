"""Memory in closed form: arithmetic that can be done by hand."""

from collections.abc import Callable
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

import costcalc
from costcalc.analysis.memory import Memory, largest_batch, memory
from costcalc.spec import Tensor, block, conv, linear, relu, trace
from costcalc.spec.errors import CostcalcError
from costcalc.spec.graph import Graph
from costcalc.spec.ops.generic import unknown

N = 2 * 3 * 8 * 8 * 4
"""Bytes of one tensor of 2x3x8x8."""


@block
def body(x: Tensor) -> Tensor:
    return conv(relu(conv(x, "a", 3, k=1)), "b", 3, k=1)


def network(batch: int = 2) -> Graph:
    def net(x: Tensor) -> Tensor:
        return body(conv(x, "stem", 3, k=1), "body")

    return trace(net, (batch, 3, 8, 8))


def test_a_frame_holds_the_input_of_a_block() -> None:
    """By last use two tensors are alive at once, eager the input of the block too, while the block runs."""
    cost = costcalc.cost(network(), columns=["peak_memory", "peak_memory_last_use"])
    assert cost["peak_memory"].number == 3 * N
    assert cost["peak_memory_last_use"].number == 2 * N
    assert [row["peak_memory"].number for row in cost.layers] == [N, 2 * N, 3 * N, 3 * N]


def test_saved_and_checkpointed() -> None:
    """Saved: the inputs of three convolutions; the relu's output, which it saves, is the input of the last.

    With the block run again: the network's input and the block's, and inside the block what the last layer reads.
    """
    found = memory(network())
    assert found.saved.number == 3 * N
    assert found.checkpointed is not None
    assert tuple(found.checkpointed) == (2 * N + N, 1, 1)


@pytest.mark.parametrize(
    ("optimizer", "mixed", "per_param"),
    [("sgd", False, 8), ("momentum", False, 12), ("adam", False, 16), ("adamw", True, 16), ("sgd", True, 8)],
)
def test_bytes_per_param(optimizer: str, mixed: bool, per_param: int) -> None:
    """Weights, gradients and states; Adam also keeps a step of 4 bytes for each of the 6 weights and biases."""
    found = memory(network(), "train", optimizer=optimizer, mixed=mixed)
    steps = 6 * 4 if optimizer.startswith("adam") else 0
    params = 3 * (3 * 3 + 3)
    assert found.params.number_or_0 + found.gradients + found.state - steps == per_param * params
    assert found.saved_inputs == found.inputs  # the first convolution saves it: the total has it once
    parts = found.params.number_or_0 + found.peak.amount.number_or_0 + found.saved.number_or_0
    assert found.total == parts + found.gradients + found.state


@pytest.mark.parametrize("batch", [1, 2, 1000])
@pytest.mark.parametrize("nbytes", [1, 144, 2_000, 10_000, 100_000, 1_234_567])
def test_the_largest_batch(nbytes: int, batch: int) -> None:
    """Eval: 36 params of 4 bytes, the input and the peak, 4 tensors of 768 bytes per image.

    The first line through two totals has the answer; this and the next batch are read.
    """
    reads = []

    def at(batch: int) -> Memory:
        reads.append(batch)
        return memory(network(batch))

    assert largest_batch(memory(network(batch)), at, nbytes) == max(0, (nbytes - 36 * 4) // (4 * 3 * 8 * 8 * 4))
    assert len(reads) <= 2


@pytest.mark.parametrize("first", [1, 5, 60])
@pytest.mark.parametrize(
    "total",
    [
        lambda n: 1000 + 7 * n,
        lambda n: 100 + max(50 * n, 20 * n + 900),  # another layer makes the peak from batch 30 on
        lambda n: 100 + max(50 * n, 90 * n - 900, 200 * n - 4000),
        lambda n: 100 + n**3,
        lambda n: 100 + 10 * n + 500 * (n > 40),
        lambda n: 100 + n // 10,
    ],
)
def test_the_largest_batch_of_any_growth(total: Callable[[int], int], first: int) -> None:
    """Whatever the total does, as long as it does not fall: the answer is that of trying each batch in turn."""

    def at(batch: int) -> Any:
        return SimpleNamespace(graph=SimpleNamespace(batch=batch), fixed=50, total=total(batch))

    for nbytes in (1, 120, 150, 1000, 2137, 5000):
        wanted = next(n for n in count() if total(n + 1) > nbytes)
        assert largest_batch(at(first), at, nbytes) == wanted


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "densenet121"])
def test_few_reads_of_a_network(name: str) -> None:
    """Two batches around the answer, and at most one more."""
    reads = []

    def at(batch: int) -> Memory:
        reads.append(batch)
        return memory(costcalc.graph(name, batch=batch), "train", optimizer="adam")

    most = 24 * 2**30
    batch = largest_batch(at(1), at, most)
    assert at(batch).total <= most < at(batch + 1).total
    assert len(reads) - 2 <= 4


def test_bytes_follow_dtypes() -> None:
    """Half of the bytes in a dtype of 2 bytes."""
    single, half = memory(network()), memory(network(), dtype="float16")
    assert single.total == 2 * half.total
    cost = costcalc.cost("resnet18", columns=["param_bytes", "activation_bytes"])
    assert cost["param_bytes"].number == 4 * cost.params == 4 * 11_689_512
    assert cost["activation_bytes"].number == 4 * cost.activations


def test_unknown_is_never_zero() -> None:
    """The input of the linear layer, 2 x 8 numbers, is saved; two tensors of 2 x 4 numbers are alive."""

    def net(x: Tensor) -> Tensor:
        made: Tensor = unknown(linear(x, "fc", 4), name="u", aten="new", shapes=[(2, 4)])
        return made

    cost = costcalc.cost(trace(net, (2, 8)), columns=["peak_memory", "saved_for_backward"])
    assert cost["peak_memory"] == (2 * 2 * 4 * 4, "lower bound", None)
    assert cost["saved_for_backward"] == (2 * 8 * 4, "lower bound", None)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"optimizer": "lion"}, "unknown optimizer 'lion'; there are sgd, momentum, adam, adamw"),
        ({"dtype": "int4"}, "dtype 'int4': expected one of float16, bfloat16, float32, float64"),
        ({"mixed": True}, "mixed precision is of training: give an optimizer"),
    ],
)
def test_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(CostcalcError, match=said):
        memory(network(), **options)
