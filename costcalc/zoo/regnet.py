"""RegNet: Radosavovic et al., "Designing network design spaces", CVPR 2020.

A network is its five settings: the quantised linear rule of section 3.3 makes widths and depths of the stages of them.
Layers and weights are named as torchvision's regnet.py names them.
"""

from __future__ import annotations

from itertools import groupby
from math import log
from typing import Any

from costcalc.spec import (
    SpecError,
    Tensor,
    adaptive_avg_pool,
    add,
    architecture,
    block,
    flatten,
    linear,
    relu,
    sigmoid,
)
from costcalc.zoo.mobilenet_v2 import conv_norm
from costcalc.zoo.mobilenet_v3 import squeeze_excitation

Settings = tuple[int, int, float, float, int]

X: dict[str, Settings] = {  # the authors' configs/dds_baselines: d (blocks), w_0, w_a, w_m, g (group width)
    "regnet_x_200mf": (13, 24, 36.44, 2.49, 8),
    "regnet_x_400mf": (22, 24, 24.48, 2.54, 16),
    "regnet_x_600mf": (16, 48, 36.97, 2.24, 24),
    "regnet_x_800mf": (16, 56, 35.73, 2.28, 16),
    "regnet_x_1_6gf": (18, 80, 34.01, 2.25, 24),
    "regnet_x_3_2gf": (25, 88, 26.31, 2.25, 48),
    "regnet_x_4gf": (23, 96, 38.65, 2.43, 40),
    "regnet_x_6_4gf": (17, 184, 60.83, 2.07, 56),
    "regnet_x_8gf": (23, 80, 49.56, 2.88, 120),
    "regnet_x_12gf": (19, 168, 73.36, 2.37, 112),
    "regnet_x_16gf": (22, 216, 55.59, 2.1, 128),
    "regnet_x_32gf": (23, 320, 69.86, 2.0, 168),
}
Y: dict[str, Settings] = {  # the same, with squeeze-and-excite
    "regnet_y_200mf": (13, 24, 36.44, 2.49, 8),
    "regnet_y_400mf": (16, 48, 27.89, 2.09, 8),
    "regnet_y_600mf": (15, 48, 32.54, 2.32, 16),
    "regnet_y_800mf": (14, 56, 38.84, 2.4, 16),
    "regnet_y_1_6gf": (27, 48, 20.71, 2.65, 24),
    "regnet_y_3_2gf": (21, 80, 42.63, 2.66, 24),
    "regnet_y_4gf": (22, 96, 31.41, 2.24, 64),
    "regnet_y_6_4gf": (25, 112, 33.22, 2.27, 72),
    "regnet_y_8gf": (17, 192, 76.82, 2.19, 56),
    "regnet_y_12gf": (19, 168, 73.36, 2.37, 112),
    "regnet_y_16gf": (18, 200, 106.23, 2.48, 112),
    "regnet_y_32gf": (20, 232, 115.89, 2.53, 232),
}
Y_128: dict[str, Settings] = {"regnet_y_128gf": (27, 456, 160.83, 2.52, 264)}  # torchvision's, after SEER

TORCHVISIONS = {"400mf", "800mf", "1_6gf", "3_2gf", "8gf", "16gf", "32gf", "128gf"}
OTHER_WIDTHS = ("regnet_x_400mf", "regnet_y_800mf", "regnet_y_8gf")
"""Networks that have other widths in torchvision than in the paper."""

STEM = 32
NORM: dict[str, Any] = {"eps": 1e-5, "momentum": 0.1}
MOST_BLOCKS = 1000


def stages(d: int, w_0: int, w_a: float, w_m: float) -> list[tuple[int, int]]:
    """Width and number of blocks of each stage: equations 2 to 4. Blocks of equal width are a stage.

    Block j is to have the width u = w_0 + w_a·j; it gets w_0 times the nearest whole power of w_m, to a multiple of 8.
    """
    powers = [round(log((w_0 + w_a * j) / w_0) / log(w_m)) for j in range(d)]
    return [(width, len([*blocks])) for width, blocks in groupby(8 * round(w_0 * w_m**power / 8) for power in powers)]


def whole_groups(width: int, group: int, paper_widths: bool) -> int:
    """The multiple of the group width that is nearest to a width, half to even.

    torchvision's is half up, and the next one if it is less than nine tenths of the width.
    """
    if paper_widths:
        return max(group, group * round(width / group))
    rounded = max(group, (2 * width + group) // (2 * group) * group)
    return rounded if 10 * rounded >= 9 * width else rounded + group


@block
def transform(x: Tensor, width: int, *, stride: int, g: int, se: float) -> Tensor:
    """Figure 4: 1x1, 3x3 in groups, squeeze-and-excite to a share `se` of the input's channels (if any), 1x1."""
    squeeze = round(se * x.shape[1])
    x = conv_norm(x, "a", width, k=1, norm=NORM, activation=relu)
    x = conv_norm(x, "b", width, k=3, stride=stride, groups=width // g, norm=NORM, activation=relu)
    if se:
        x = squeeze_excitation(x, "se", squeeze, activation=relu, gate=sigmoid, inplace=False)
    return conv_norm(x, "c", width, k=1, norm=NORM, activation=None)


@block
def residual(x: Tensor, width: int, *, stride: int, g: int, se: float) -> Tensor:
    """x + transform(x), or a 1x1 convolution of x if the width or the size changes; then ReLU."""
    shortcut = x
    if stride > 1 or x.shape[1] != width:
        shortcut = conv_norm(x, "proj", width, k=1, stride=stride, norm=NORM, activation=None)
    return relu(add(shortcut, transform(x, "f", width, stride=stride, g=g, se=se)), "activation", inplace=True)


@block
def body(x: Tensor, widths: list[tuple[int, int]], *, g: int, se: float, paper_widths: bool) -> Tensor:
    """The stages; the first block of each strides. A stage narrower than a group is one group."""
    for number, (width, blocks) in enumerate(widths, 1):
        group = min(g, width)
        for i in range(blocks):
            name = f"block{number}.block{number}-{i}"
            x = residual(x, name, whole_groups(width, group, paper_widths), stride=1 if i else 2, g=group, se=se)
    return x


def networks(five: dict[str, Settings], se: float) -> dict[str, dict[str, Any]]:
    """Settings by name. The widths of the sizes that torchvision has are rounded as there."""
    return {
        name: {
            **dict(zip(("d", "w_0", "w_a", "w_m", "g"), settings, strict=True)),
            "se": se,
            "paper_widths": name[len("regnet_x_") :] not in TORCHVISIONS,
        }
        for name, settings in five.items()
    }


ALL = {**networks(X, 0.0), **networks({**Y, **Y_128}, 0.25)}
PAPERS = {
    f"{name}_paper": {**ALL[name], "paper_widths": True, "note": "Widths are the paper's; torchvision's differ."}
    for name in OTHER_WIDTHS
}


@architecture(
    year=2020,
    source="Radosavovic et al., CVPR 2020; the authors' pycls; torchvision regnet.py",
    input=(3, 224, 224),
    networks={**ALL, **PAPERS},
)
def regnet(
    x: Tensor,
    classes: int = 1000,
    *,
    d: int,
    w_0: int,
    w_a: float,
    w_m: float,
    g: int,
    se: float = 0.0,
    paper_widths: bool = True,
) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes). The bottleneck ratio is 1."""
    if not (0 < d <= MOST_BLOCKS and w_0 > 0 and w_0 % 8 == 0 and w_a >= 0 and w_m > 1 and g > 0):
        raise SpecError(f"RegNet takes d from 1 to {MOST_BLOCKS}, w_0 a multiple of 8, w_a >= 0, w_m > 1 and g >= 1")
    x = conv_norm(x, "stem", STEM, k=3, stride=2, norm=NORM, activation=relu)
    x = body(x, "trunk_output", stages(d, w_0, w_a, w_m), g=g, se=se, paper_widths=paper_widths)
    return linear(flatten(adaptive_avg_pool(x, "avgpool", 1)), "fc", classes)
