"""The kernels of a network, one after another and joined, with their bytes by hand."""

from typing import Any

import costcalc
from costcalc import spec
from costcalc.analysis.fusion import fused
from costcalc.analysis.kernels import kernels
from costcalc.spec.run import Run

HALF, FULL = 2, 4


def network(x: spec.Tensor) -> spec.Tensor:
    """A residual block of two convolutions; 2 images of 16 channels and 4x4 positions."""
    y = spec.relu(spec.batch_norm(spec.conv(x, "a", 16, k=3, padding=1, bias=False), "bn"), "relu")
    return spec.relu(spec.add(spec.conv(y, "b", 16, k=1), y, name="add"), "last")


def graph() -> costcalc.Graph:
    return spec.trace(network, (2, 16, 4, 4))


SIZE = 2 * 16 * 4 * 4


def test_kernels_under_autocast() -> None:
    """The input is cast once; cuDNN adds a bias by a kernel of its own; a norm reads 2 weights per channel."""
    found = [(each.node.name, each.kind, each.nbytes) for each in kernels(Run(graph(), dtype="amp"))]
    assert found == [
        ("a", "bytes", SIZE * (FULL + HALF)),
        ("a", "conv", 2 * SIZE * HALF + 16 * 16 * 9 * HALF),
        ("bn", "bytes", 2 * SIZE * HALF + 2 * 16 * FULL),
        ("relu", "bytes", 2 * SIZE * HALF),
        ("b", "conv", 2 * SIZE * HALF + (16 * 16 + 16) * HALF),
        ("b", "bytes", 2 * SIZE * HALF),
        ("add", "bytes", 3 * SIZE * HALF),
        ("last", "bytes", 2 * SIZE * HALF),
    ]


def test_joined_kernels() -> None:
    """Between two convolutions one kernel: the norm with its ReLU; the bias with the sum and its ReLU."""
    found = [(each.node.name, each.kind, each.nbytes) for each in fused(kernels(Run(graph(), dtype="amp")))]
    assert found == [
        ("a", "bytes", SIZE * (FULL + HALF)),
        ("a", "conv", 2 * SIZE * HALF + 16 * 16 * 9 * HALF),
        ("bn", "bytes", 2 * SIZE * HALF + 2 * 16 * FULL),
        ("b", "conv", 2 * SIZE * HALF + (16 * 16 + 16) * HALF),
        ("b", "bytes", 3 * SIZE * HALF),
    ]


def test_calls() -> None:
    """A bias of a convolution is added within its call. Joined with the sum and its ReLU, it is a call of its own."""
    found = kernels(Run(graph()))
    assert [(each.node.name, each.call) for each in found if not each.call] == [("b", False)]
    assert all(each.call for each in fused(found))


def test_weights_have_the_dtype_of_the_run() -> None:
    for dtype, size in (("float32", 4), ("bfloat16", 2), ("float64", 8)):
        first = kernels(Run(graph(), dtype=dtype))[0]
        assert (first.node.name, first.weights) == ("a", size * 16 * 16 * 9)


def test_max_pools_write_the_places_of_their_maxima() -> None:
    """8 bytes per output, which no compiled network needs; an average pool has none."""
    for pool, indices in ((spec.max_pool, 8), (spec.avg_pool, 0)):
        found = kernels(Run(spec.trace(lambda x, pool=pool: pool(x, "pool", k=2), (2, 16, 4, 4)), dtype="bfloat16"))
        assert [each.nbytes for each in found] == [HALF * (SIZE + SIZE // 4) + indices * SIZE // 4]
        assert [each.nbytes for each in fused(found)] == [HALF * (SIZE + SIZE // 4)]


def test_local_response_norm_runs_step_by_step() -> None:
    """Squares; zeros and then squares in their place; mean, alpha, k, beta; the quotient, which reads two tensors."""
    found = kernels(Run(spec.trace(lambda x: spec.lrn(x, "lrn", size=5), (2, 16, 4, 4))))
    assert [each.nbytes // (FULL * SIZE) for each in found] == [2, 3, 2, 2, 2, 2, 3]
    assert len(fused(found)) == 1


def test_softmax_reads_half_precision_as_it_is() -> None:
    """Autocast asks softmax for an output in float32; a layer norm gets its input cast."""
    for op, sizes in ((spec.softmax, [HALF + FULL]), (spec.layer_norm, [HALF + FULL, 2 * FULL])):

        def network(x: spec.Tensor, op: Any = op) -> spec.Tensor:
            return op(spec.linear(x, "fc", 32, bias=False), "last")

        found = kernels(Run(spec.trace(network, (4, 16)), dtype="amp"))
        own = [each for each in found if each.node.name == "last"]
        assert [each.nbytes - each.weights for each in own] == [4 * 32 * size for size in sizes]


def test_channels_are_padded_to_the_tile() -> None:
    """16 outputs of 144 inputs to 32 of 144; 16 of 16 to 32 of 16; a depthwise convolution is not padded."""
    products = [each for each in kernels(Run(graph())) if each.product]
    assert [each.macs for each in products] == [SIZE * 16 * 9 * 2, SIZE * 16 * 2]
    depthwise = spec.trace(lambda x: spec.conv(x, "d", 16, k=7, padding=3, groups=16), (2, 16, 4, 4))
    assert [(each.kind, each.macs) for each in kernels(Run(depthwise)) if each.product] == [
        ("depthwise_wide", SIZE * 49)
    ]


def test_attention_of_five_axes_runs_step_by_step() -> None:
    """Queries of 2·3·4·8·16 elements, scores of 2·3·4·8·8, in float32 under autocast, as _safe_softmax does it.

    Casts of q, k and v; q and k scaled; the product; softmax; which scores are -inf, rows of those, and zeros in their
    place; the product; the cast of the output.
    """

    def attend(x: spec.Tensor) -> spec.Tensor:
        q, k, v = (spec.linear(x, name, 16, bias=False) for name in "qkv")
        return spec.scaled_dot_product_attention(q, k, v, name="attention")

    q, scores = 2 * 3 * 4 * 8 * 16, 2 * 3 * 4 * 8 * 8
    rows = scores // 8
    found = [
        each
        for each in kernels(Run(spec.trace(attend, (2, 3, 4, 8, 16)), dtype="amp"))
        if each.node.name == "attention"
    ]
    assert [each.nbytes for each in found] == [
        *[q * (2 + 4)] * 3, *[q * (4 + 4)] * 2, 4 * (2 * q + scores), 4 * (scores + scores), scores * (4 + 1),
        scores + rows, scores * (4 + 4) + rows, 4 * (scores + 2 * q), q * (4 + 2),
    ]  # fmt: skip
    plain = [each for each in kernels(Run(spec.trace(attend, (2, 3, 4, 8, 16)))) if each.node.name == "attention"]
    assert [each.nbytes for each in plain] == [each.nbytes for each in found[3:-1]]


def test_views_run_no_kernel_and_a_reshape_that_copies_runs_one() -> None:
    def heads(x: spec.Tensor) -> spec.Tensor:
        turned = spec.transpose(spec.reshape(x, "heads", shape=(2, 7, 4, 8)), "turned", axes=(0, 2, 1, 3))
        return spec.reshape(turned, "joined", shape=(2, 28 * 8))

    found = kernels(Run(spec.trace(heads, (2, 7, 32))))
    assert [(each.node.name, each.nbytes) for each in found] == [("joined", 2 * FULL * 2 * 7 * 32)]


def test_what_is_joined_moves_no_more_bytes() -> None:
    for name in ("googlenet", "densenet121", "mobilenet_v3_small", "shufflenet_v2_x1_0", "inception_v4", "yolo_v1"):
        found = kernels(Run(costcalc.graph(name), dtype="amp"))
        joined = fused(found)
        assert sum(each.nbytes for each in joined) <= sum(each.nbytes for each in found)
        assert [each for each in joined if each.product] == [each for each in found if each.product]
