"""NAS-Bench-Macro: Su et al., "Prioritized architecture sampling with Monto-Carlo tree search", CVPR 2021.

A space of 3^8 = 6,561 networks for CIFAR-10: one of three layers in each of eight places, as a digit of the genotype.
Layers and weights are named as the authors' train/model.py names them.
"""

from __future__ import annotations

from costcalc.spec import (
    SpecError,
    Tensor,
    adaptive_avg_pool,
    add,
    architecture,
    batch_norm,
    block,
    conv,
    flatten,
    linear,
    relu,
)

STAGES = ((64, 2), (128, 3), (256, 3))  # width, layers; the first of each has stride 2
LAYERS = 8
STEM = 32
HEAD = 1280
RESIDUALS = {"1": (3, 3), "2": (6, 5)}  # digit: expansion, kernel of an inverted residual; "0" is the identity


@block
def identity(x: Tensor, width: int, *, stride: int) -> Tensor:
    """The input itself; where a stage starts, a 1x1 convolution and batch norm."""
    if stride == 1:
        return x
    return batch_norm(conv(x, "downsample.0", width, k=1, stride=stride, bias=False), "downsample.1")


@block
def inverted_residual(x: Tensor, width: int, expansion: int, k: int, *, stride: int) -> Tensor:
    """MobileNetV2's, with ReLU: 1x1 to `expansion` times the channels, depthwise, 1x1 without a non-linearity."""
    shortcut, channels = x, expansion * x.shape[1]
    x = conv(x, "conv.0", channels, k=1, bias=False)
    x = relu(batch_norm(x, "conv.1"), "conv.2", inplace=True)
    x = conv(x, "conv.3", channels, k=k, stride=stride, padding=k // 2, groups=channels, bias=False)
    x = relu(batch_norm(x, "conv.4"), "conv.5", inplace=True)
    x = batch_norm(conv(x, "conv.6", width, k=1, bias=False), "conv.7")
    return add(x, shortcut) if stride == 1 else x


@block
def features(x: Tensor, genotype: str) -> Tensor:
    """The eight layers, numbered as in one nn.Sequential."""
    places = [(width, 1 if i else 2) for width, layers in STAGES for i in range(layers)]
    for number, (digit, (width, stride)) in enumerate(zip(genotype, places, strict=True)):
        if digit in RESIDUALS:
            x = inverted_residual(x, f"{number}", width, *RESIDUALS[digit], stride=stride)
        else:
            x = identity(x, f"{number}", width, stride=stride)
    return x


@architecture(
    year=2021,
    source="Su et al., CVPR 2021; the authors' NAS-Bench-Macro, train/model.py",
    input=(3, 32, 32),
    networks={
        "nas_bench_macro": {"genotype": "2" * LAYERS, "note": "--arg genotype=01201201 is another of the 6,561."},
        "nas_bench_macro_smallest": {"genotype": "0" * LAYERS},
    },
)
def nas_bench_macro(x: Tensor, classes: int = 10, *, genotype: str) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes). `genotype` has a digit per layer: 0, 1 or 2."""
    genotype = str(genotype)
    if len(genotype) != LAYERS or not set(genotype) <= set("012"):
        raise SpecError(f"genotype={genotype!r} must be {LAYERS} digits, each 0, 1 or 2, like 01201201")
    x = conv(x, "stem.0", STEM, k=3, padding=1, bias=False)
    x = features(relu(batch_norm(x, "stem.1"), "stem.2", inplace=True), "features", genotype)
    x = batch_norm(conv(x, "out.0", HEAD, k=1, bias=False), "out.1")
    x = adaptive_avg_pool(relu(x, "out.2", inplace=True), "out.3", 1)
    return linear(flatten(x), "classifier", classes)
