"""GoogLeNet (Inception v1): Szegedy et al., "Going deeper with convolutions", CVPR 2015.

`googlenet` is the paper's, layer for layer as Table 1 has it, with biases, ReLU, local response
normalisation and pools that round up, as in Caffe's bvlc_googlenet. `googlenet_torchvision` is
torchvision's googlenet.py: batch norm, and 3x3 where the paper has 5x5. `googlenet_bn` is a reproduction
that keeps torchvision's layout, with the paper's 5x5 and heads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.spec import (
    Tensor,
    adaptive_avg_pool,
    architecture,
    avg_pool,
    batch_norm,
    block,
    concat,
    conv,
    dropout,
    flatten,
    linear,
    lrn,
    max_pool,
    outputs,
    relu,
    softmax,
)

PAPER = "Szegedy et al., CVPR 2015, Table 1"

WIDTHS = {  # Table 1: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
PERCENT = dict.fromkeys(WIDTHS, 100)  # of these widths


def scaled(widths: Mapping[str, Sequence[int]], percent: Mapping[str, int]) -> dict[str, list[int]]:
    """Each row's widths at that percentage, rounded half up."""
    return {row: [(width * percent[row] + 50) // 100 for width in numbers] for row, numbers in widths.items()}


@block
def convolution(x: Tensor, width: int, *, k: int, stride: int = 1, padding: int = 0) -> Tensor:
    """Table 1's first row: one convolution and its ReLU."""
    return relu(conv(x, f"{k}x{k}", width, k=k, stride=stride, padding=padding), inplace=True)


@block
def separable_convolution(x: Tensor, width: int) -> Tensor:
    """The first row as its params and ops demand: depthwise 7x7/2 with multiplier 8, then 1x1, no bias.

    Ioffe & Szegedy 2015 (appendix) describe this layer for the successor; 2,712 weights and 34,019,328
    mult-adds are Table 1's "2.7K" and "34M", which a full 7x7 convolution (9,408; 118.0M) is not.
    """
    channels = x.shape[1]
    x = conv(x, "7x7_depthwise", 8 * channels, k=7, stride=2, padding=3, groups=channels, bias=False)
    return relu(conv(x, "1x1", width, k=1, bias=False), inplace=True)


@block
def reduced_convolution(x: Tensor, reduce: int, width: int, *, bias: bool) -> Tensor:
    """Table 1's third row, of depth 2: #3x3 reduce, then 3x3."""
    x = relu(conv(x, "3x3_reduce", reduce, k=1, bias=bias), inplace=True)
    return relu(conv(x, "3x3", width, k=3, padding=1, bias=bias), inplace=True)


def module(
    x: Tensor, n1: int, n3_reduce: int, n3: int, n5_reduce: int, n5: int, pool_proj: int, *, bias: bool
) -> Tensor:
    """Figure 2(b): four branches, concatenated by channel."""
    a = relu(conv(x, "1x1", n1, k=1, bias=bias), inplace=True)
    b = relu(conv(x, "3x3_reduce", n3_reduce, k=1, bias=bias), inplace=True)
    b = relu(conv(b, "3x3", n3, k=3, padding=1, bias=bias), inplace=True)
    c = relu(conv(x, "5x5_reduce", n5_reduce, k=1, bias=bias), inplace=True)
    c = relu(conv(c, "5x5", n5, k=5, padding=2, bias=bias), inplace=True)
    d = max_pool(x, "pool", k=3, stride=1, padding=1)
    d = relu(conv(d, "pool_proj", pool_proj, k=1, bias=bias), inplace=True)
    return concat(a, b, c, d)


inception = block(module)


@block
def auxiliary_head(x: Tensor, classes: int) -> Tensor:
    """Section 5: average pool 5x5/3, 1x1 convolution 128, FC 1024, dropout 70 %, FC; on 4a and 4d."""
    x = avg_pool(x, "pool", k=5, stride=3)
    x = flatten(relu(conv(x, "conv", 128, k=1), inplace=True))
    x = dropout(relu(linear(x, "fc", 1024), inplace=True), p=0.7)
    return linear(x, "classifier", classes)


GLOBAL_POOL = "The last pool is global, so that any input size works: at 224 it is Table 1's 7x7/1."


@architecture(
    year=2014,
    source=PAPER,
    input=(3, 224, 224),
    networks={
        "googlenet": {"note": GLOBAL_POOL},
        "googlenet_aux": {"aux": True, "note": f"{GLOBAL_POOL} Both auxiliary heads, which run in training."},
        "googlenet_separable": {
            "separable": True,
            "note": f"{GLOBAL_POOL} Separable first layer and no biases: what Table 1's params and ops count.",
        },
    },
)
def googlenet(
    x: Tensor,
    classes: int = 1000,
    *,
    aux: bool = False,
    separable: bool = False,
    widths: Mapping[str, Sequence[int]] = WIDTHS,
    percent: Mapping[str, int] = PERCENT,
) -> Any:
    """(N, 3, H, W) -> class probabilities (N, classes), and the logits of the heads in training."""
    widths = scaled(widths, percent)
    bias = not separable
    norm: dict[str, Any] = {"size": 5, "alpha": 1e-4, "beta": 0.75}
    pool: dict[str, Any] = {"k": 3, "stride": 2, "ceil": True}
    if separable:
        x = separable_convolution(x, "conv1", 64)
    else:
        x = convolution(x, "conv1", 64, k=7, stride=2, padding=3)
    x = lrn(max_pool(x, "pool1", **pool), "norm1", **norm)
    x = lrn(reduced_convolution(x, "conv2", 64, 192, bias=bias), "norm2", **norm)
    x = max_pool(x, "pool2", **pool)
    x = inception(x, "inception_3a", *widths["3a"], bias=bias)
    x = inception(x, "inception_3b", *widths["3b"], bias=bias)
    x = max_pool(x, "pool3", **pool)
    x = inception(x, "inception_4a", *widths["4a"], bias=bias)
    heads = [auxiliary_head(x, "aux_4a", classes)] if aux else []
    x = inception(x, "inception_4b", *widths["4b"], bias=bias)
    x = inception(x, "inception_4c", *widths["4c"], bias=bias)
    x = inception(x, "inception_4d", *widths["4d"], bias=bias)
    heads += [auxiliary_head(x, "aux_4d", classes)] if aux else []
    x = inception(x, "inception_4e", *widths["4e"], bias=bias)
    x = max_pool(x, "pool4", **pool)
    x = inception(x, "inception_5a", *widths["5a"], bias=bias)
    x = inception(x, "inception_5b", *widths["5b"], bias=bias)
    x = adaptive_avg_pool(x, "pool5", 1)
    x = flatten(dropout(x, "dropout", p=0.4), "flatten")
    x = softmax(linear(x, "linear", classes, bias=bias), "softmax")
    return outputs(x, train=heads)


@block
def basic_conv(x: Tensor, width: int, *, k: int, stride: int = 1, padding: int = 0, eps: float = 1e-3) -> Tensor:
    """torchvision's BasicConv2d: convolution without bias, batch norm, ReLU."""
    x = conv(x, "conv", width, k=k, stride=stride, padding=padding, bias=False)
    return relu(batch_norm(x, "bn", eps=eps), "relu", inplace=True)


@block
def torchvision_inception(
    x: Tensor, n1: int, n3_reduce: int, n3: int, n5_reduce: int, n5: int, pool_proj: int, *, k5: int, eps: float
) -> Tensor:
    """torchvision's Inception. `k5` is the window of the branch that the paper calls 5x5."""
    a = basic_conv(x, "branch1", n1, k=1, eps=eps)
    b = basic_conv(x, "branch2.0", n3_reduce, k=1, eps=eps)
    b = basic_conv(b, "branch2.1", n3, k=3, padding=1, eps=eps)
    c = basic_conv(x, "branch3.0", n5_reduce, k=1, eps=eps)
    c = basic_conv(c, "branch3.1", n5, k=k5, padding=k5 // 2, eps=eps)
    d = max_pool(x, "branch4.0", k=3, stride=1, padding=1, ceil=True)
    d = basic_conv(d, "branch4.1", pool_proj, k=1, eps=eps)
    return concat(a, b, c, d)


@block
def torchvision_auxiliary_head(x: Tensor, classes: int) -> Tensor:
    """torchvision's InceptionAux: as the paper's, but its pool makes 4x4 of any size."""
    x = basic_conv(adaptive_avg_pool(x, "pool", 4), "conv", 128, k=1)
    x = dropout(relu(linear(flatten(x), "fc1", 1024), inplace=True), "dropout", p=0.7)
    return linear(x, "fc2", classes)


@block
def bn_auxiliary_head(x: Tensor, classes: int) -> Tensor:
    """The paper's head, with batch norm after its convolution."""
    x = basic_conv(avg_pool(x, "pool", k=5, stride=3), "conv", 128, k=1, eps=1e-5)
    x = dropout(relu(linear(flatten(x), "fc1", 1024), inplace=True), "dropout", p=0.7)
    return linear(x, "fc2", classes)


@architecture(
    year=2014,
    source="torchvision googlenet.py, after Szegedy et al., CVPR 2015",
    input=(3, 224, 224),
    networks={
        "googlenet_torchvision": {},
        "googlenet_torchvision_aux": {"head": torchvision_auxiliary_head},
        "googlenet_bn": {
            "head": bn_auxiliary_head,
            "k5": 5,
            "pool4": 3,
            "eps": 1e-5,
            "p": 0.4,
            "source": "Chen & Mo, a reproduction of GoogLeNet, appendix A; Szegedy et al., CVPR 2015",
            "note": "Batch norm, no bias in convolutions, and both auxiliary heads, which run in training.",
        },
    },
    note="The branch that the paper calls 5x5 is 3x3 here, and pool4 is 2x2, as torchvision has them.",
)
def googlenet_torchvision(
    x: Tensor, classes: int = 1000, *, head: Any = None, k5: int = 3, pool4: int = 2, eps: float = 1e-3, p: float = 0.2
) -> Any:
    """(N, 3, H, W) -> logits (N, classes), and the logits of the heads in training."""
    x = basic_conv(x, "conv1", 64, k=7, stride=2, padding=3, eps=eps)
    x = max_pool(x, "maxpool1", k=3, stride=2, ceil=True)
    x = basic_conv(x, "conv2", 64, k=1, eps=eps)
    x = basic_conv(x, "conv3", 192, k=3, padding=1, eps=eps)
    x = max_pool(x, "maxpool2", k=3, stride=2, ceil=True)
    x = torchvision_inception(x, "inception3a", *WIDTHS["3a"], k5=k5, eps=eps)
    x = torchvision_inception(x, "inception3b", *WIDTHS["3b"], k5=k5, eps=eps)
    x = max_pool(x, "maxpool3", k=3, stride=2, ceil=True)
    x = torchvision_inception(x, "inception4a", *WIDTHS["4a"], k5=k5, eps=eps)
    heads = [head(x, "aux1", classes)] if head else []
    x = torchvision_inception(x, "inception4b", *WIDTHS["4b"], k5=k5, eps=eps)
    x = torchvision_inception(x, "inception4c", *WIDTHS["4c"], k5=k5, eps=eps)
    x = torchvision_inception(x, "inception4d", *WIDTHS["4d"], k5=k5, eps=eps)
    heads += [head(x, "aux2", classes)] if head else []
    x = torchvision_inception(x, "inception4e", *WIDTHS["4e"], k5=k5, eps=eps)
    x = max_pool(x, "maxpool4", k=pool4, stride=2, ceil=True)
    x = torchvision_inception(x, "inception5a", *WIDTHS["5a"], k5=k5, eps=eps)
    x = torchvision_inception(x, "inception5b", *WIDTHS["5b"], k5=k5, eps=eps)
    x = adaptive_avg_pool(x, "avgpool", 1)
    x = linear(dropout(flatten(x), "dropout", p=p), "fc", classes)
    return outputs(x, train=heads)
