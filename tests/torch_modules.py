"""Modules of torch.nn, each a model by itself, with the shape of one input, and what `verify` says of them."""

from __future__ import annotations

from typing import Any

from torch import nn

from costcalc.measure.subject import Subject
from costcalc.measure.verify import available_tools, verify
from costcalc.measure.worker import in_process
from costcalc.openers import read
from costcalc.spec.graph import MODES, Mode
from costcalc.spec.request import Request

AXES = {1: (8,), 2: (6, 8), 3: (4, 6, 8)}
SEQUENCE = (4, 8)


class Attention(nn.Module):
    """Self-attention."""

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True, **settings)

    def forward(self, x: Any) -> Any:
        return self.attention(x, x, x)


MODULES: dict[str, tuple[Any, tuple[int, ...]]] = {
    "Linear": (lambda: nn.Linear(8, 4), (8,)),
    "Linear, a sequence": (lambda: nn.Linear(8, 4), SEQUENCE),
    "Identity": (nn.Identity, (8,)),
    "Flatten": (nn.Flatten, SEQUENCE),
    "Unflatten": (lambda: nn.Unflatten(-1, (2, 4)), (8,)),
    "PixelShuffle": (lambda: nn.PixelShuffle(2), (8, 4, 4)),
    "PixelUnshuffle": (lambda: nn.PixelUnshuffle(2), (2, 4, 4)),
    "ChannelShuffle": (lambda: nn.ChannelShuffle(2), (4, 4, 4)),
    "Upsample": (lambda: nn.Upsample(scale_factor=2), (4, 4, 4)),
    "UpsamplingBilinear2d": (lambda: nn.UpsamplingBilinear2d(scale_factor=2), (4, 4, 4)),
    "UpsamplingNearest2d": (lambda: nn.UpsamplingNearest2d(scale_factor=2), (4, 4, 4)),
    "Fold": (lambda: nn.Fold((4, 4), 2), (8, 9)),
    "Unfold": (lambda: nn.Unfold(2), (4, 4, 4)),
    "LocalResponseNorm": (lambda: nn.LocalResponseNorm(3), (8, 4, 4)),
    "CrossMapLRN2d": (lambda: nn.CrossMapLRN2d(3), (8, 4, 4)),
    "LayerNorm": (lambda: nn.LayerNorm(8), (8,)),
    "LayerNorm, a sequence": (lambda: nn.LayerNorm(8), SEQUENCE),
    "LayerNorm, two axes": (lambda: nn.LayerNorm((4, 8)), SEQUENCE),
    "LayerNorm, not affine": (lambda: nn.LayerNorm(8, elementwise_affine=False), (8,)),
    "LayerNorm, no bias": (lambda: nn.LayerNorm(8, bias=False), (8,)),
    "RMSNorm": (lambda: nn.RMSNorm(8), (8,)),
    "GroupNorm": (lambda: nn.GroupNorm(2, 8), (8, 4)),
    "GroupNorm, an image": (lambda: nn.GroupNorm(2, 8), (8, 4, 4)),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(8), (8,)),
    "BatchNorm1d, a sequence": (lambda: nn.BatchNorm1d(4), SEQUENCE),
    "BatchNorm1d, not affine": (lambda: nn.BatchNorm1d(8, affine=False), (8,)),
    "BatchNorm2d, not tracked": (lambda: nn.BatchNorm2d(4, track_running_stats=False), (4, 6, 6)),
    "Embedding": (lambda: nn.Embedding(10, 8), (4,)),
    "Softmax": (lambda: nn.Softmax(-1), (8,)),
    "Softmax2d": (nn.Softmax2d, (4, 4, 4)),
    "LogSoftmax": (lambda: nn.LogSoftmax(-1), (8,)),
    "Softmin": (lambda: nn.Softmin(-1), (8,)),
    "GLU": (nn.GLU, (8,)),
    "PReLU": (nn.PReLU, (8,)),
    "PReLU, per channel": (lambda: nn.PReLU(4), (4, 8)),
    "Threshold": (lambda: nn.Threshold(0, 1), (8,)),
    "MultiheadAttention": (Attention, SEQUENCE),
    "TransformerEncoderLayer": (lambda: nn.TransformerEncoderLayer(8, 2, batch_first=True), SEQUENCE),
    "TransformerEncoderLayer, length first": (lambda: nn.TransformerEncoderLayer(8, 2), SEQUENCE),
    "TransformerEncoderLayer, norm first": (
        lambda: nn.TransformerEncoderLayer(8, 2, batch_first=True, norm_first=True, activation="gelu"), SEQUENCE,
    ),
    "TransformerEncoderLayer, one head": (lambda: nn.TransformerEncoderLayer(8, 1, batch_first=True), SEQUENCE),
    "TransformerEncoderLayer, no bias": (
        lambda: nn.TransformerEncoderLayer(8, 2, batch_first=True, bias=False), SEQUENCE,
    ),
    "TransformerEncoder": (
        lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, batch_first=True), 2), SEQUENCE,
    ),
    "Sequential": (lambda: nn.Sequential(nn.Linear(8, 8), nn.ReLU()), (8,)),
}  # fmt: skip
"""By name: what makes the module, and the shape of one input."""

ELEMENTWISE = [
    "AlphaDropout", "CELU", "Dropout", "ELU", "GELU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU",
    "LogSigmoid", "Mish", "RReLU", "ReLU", "ReLU6", "SELU", "SiLU", "Sigmoid", "Softplus", "Softshrink", "Softsign",
    "Tanh", "Tanhshrink",
]  # fmt: skip


def _more() -> None:
    MODULES.update({name: (getattr(nn, name), (8,)) for name in ELEMENTWISE})
    for n, size in AXES.items():

        def of(kind: str, *args: Any, n: int = n, **settings: Any) -> Any:
            return lambda: getattr(nn, f"{kind}{n}d")(*args, **settings)

        image = (4, *size)
        for kind in ("AvgPool", "MaxPool", "LPPool", "AdaptiveAvgPool", "AdaptiveMaxPool"):
            args = (2, 2) if kind == "LPPool" else (2,)
            MODULES[f"{kind}{n}d"] = of(kind, *args), image
        for kind in ("Conv", "ConvTranspose"):
            MODULES[f"{kind}{n}d"] = of(kind, 4, 6, 3), image
            MODULES[f"{kind}{n}d, groups, stride"] = of(kind, 4, 6, 3, groups=2, stride=2, padding=1, bias=False), image
        MODULES[f"Conv{n}d, same"] = of("Conv", 4, 6, 3, padding="same"), image
        MODULES[f"Conv{n}d, circular"] = of("Conv", 4, 6, 3, padding=1, padding_mode="circular"), image
        MODULES[f"InstanceNorm{n}d"] = of("InstanceNorm", 4), image
        MODULES[f"InstanceNorm{n}d, affine"] = of("InstanceNorm", 4, affine=True), image
        MODULES[f"InstanceNorm{n}d, tracked"] = of("InstanceNorm", 4, affine=True, track_running_stats=True), image
        MODULES[f"BatchNorm{n}d of images"] = of("BatchNorm", 4), image
        MODULES[f"Dropout{n}d"] = of("Dropout"), image
        for kind in ("ConstantPad", "ReflectionPad", "ReplicationPad", "ZeroPad", "CircularPad"):
            MODULES[f"{kind}{n}d"] = of(kind, *((1, 0) if kind == "ConstantPad" else (1,))), image
        if n > 1:
            MODULES[f"FractionalMaxPool{n}d"] = of("FractionalMaxPool", 2, output_size=(2,) * n), image
    for kind in ("LSTM", "GRU", "RNN"):
        MODULES[kind] = (lambda k=kind: getattr(nn, k)(8, 6, batch_first=True)), SEQUENCE
        MODULES[f"{kind}, length first"] = (lambda k=kind: getattr(nn, k)(8, 6)), SEQUENCE
        MODULES[f"{kind}, two layers, both ways"] = (
            (lambda k=kind: getattr(nn, k)(8, 6, 2, batch_first=True, bidirectional=True)),
            SEQUENCE,
        )
        MODULES[f"{kind}, no bias"] = (lambda k=kind: getattr(nn, k)(8, 6, bias=False)), SEQUENCE
        MODULES[f"{kind}Cell"] = (lambda k=kind: getattr(nn, f"{k}Cell")(8, 6)), (8,)
    MODULES["LSTM, projection"] = (lambda: nn.LSTM(8, 6, proj_size=3, batch_first=True)), SEQUENCE
    MODULES["MultiheadAttention, no bias"] = (lambda: Attention(bias=False)), SEQUENCE
    MODULES["MultiheadAttention, bias_k"] = (lambda: Attention(add_bias_kv=True)), SEQUENCE


_more()


def make(name: str) -> nn.Module:
    return MODULES[name][0]()


def differences(name: str, batch: int | None, mode: Mode) -> list[str]:
    """A line for each number that `verify` finds unlike the tool's, and for each tool that is not predicted.

    Some tools leave torch patched: run it in a process of its own.
    """
    shape = MODULES[name][1]
    request = Request("torch_modules:make", args={"name": name}, input=shape, batch=batch, mode=mode)
    verdict = verify(Subject(read(request), request), mode, "cpu", available_tools(), in_process)
    unlike = [check for check in verdict.checks if not check.equal]
    return [f"{each.tool} {each.quantity}: {each.computed} / {each.reported} {each.problem}" for each in unlike]


def of_each(names: list[str]) -> dict[str, list[str]]:
    """The differences of modules by name, batch and mode: without a batch axis, and of one input and two."""
    found = {}
    for name in names:
        for batch in (None, 1, 2):
            for mode in MODES:
                found[f"{name}, batch {batch}, {mode}"] = differences(name, batch, mode)
    return found
