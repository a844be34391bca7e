"""Small models as users write them: functions by all their names, custom classes, and escape hatches of torch.

Each has one input, of the shape in its table.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from small_modules import module
from torch import nn
from torch.nn import Parameter
from torch.utils.checkpoint import checkpoint

VECTOR, SEQUENCE, IMAGE = (8,), (5, 8), (4, 6, 6)


class ScaledConv(nn.Conv2d):
    def forward(self, x: Any) -> Any:
        return F.conv2d(x, self.weight * 2, self.bias, self.stride, self.padding)


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x: Any) -> Any:
        x = F.layer_norm(x.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class RMS(nn.Module):
    """A custom leaf module, with parameters that torchinfo tells apart by name."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.offset, self.my_bias = (Parameter(torch.ones(8)) for _ in range(3))

    def forward(self, x: Any) -> Any:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight + self.offset + self.my_bias


class OwnLinear(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight, self.bias = weight(3, 8), weight(3)

    def forward(self, x: Any) -> Any:
        return torch.addmm(self.bias, x, self.weight.t())


class OwnConv(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = weight(4, 4, 1, 1)

    def forward(self, x: Any) -> Any:
        return F.conv2d(x, self.weight)


def weight(*size: int) -> Parameter:
    return Parameter(torch.randn(size))


def after(forward: Any, width: int = 8, **parts: Any) -> nn.Module:
    """A function of a linear layer's output and its input."""
    return module(lambda self, x: forward(self, self.l(x), x), l=nn.Linear(8, width), **parts)


def after_conv(forward: Any, **parts: Any) -> nn.Module:
    """A function of the output of a convolution of one pixel, and its input."""
    return module(lambda self, x: forward(self, self.c(x), x), c=nn.Conv2d(4, 4, 1), **parts)


def then(part: nn.Module, width: int = 8) -> nn.Module:
    return after(lambda self, y, x: self.part(y), width, part=part)


def then_conv(part: nn.Module) -> nn.Module:
    return after_conv(lambda self, y, x: self.part(y), part=part)


def standardized(self: Any, x: Any) -> Any:
    """A convolution by standardized weights (Qiao et al. 2019), made by batch norm."""
    w = F.batch_norm(self.w.reshape(1, 5, -1), None, None, self.gain, training=True, momentum=0.0)
    return F.conv2d(x, w.reshape_as(self.w))


def grid() -> torch.Tensor:
    """Positions, channels last in memory."""
    return torch.stack([torch.arange(36.0).reshape(1, 6, 6)] * 2, -1).permute(0, 3, 1, 2)


def frozen() -> nn.Module:
    made = after(lambda self, y, x: self.head(y), head=nn.Linear(8, 3))
    made.l.requires_grad_(False)
    return made


VECTORS = {
    "ELU": then(nn.ELU()),
    "F.elu": after(lambda self, y, x: F.elu(y)),
    "Mish": then(nn.Mish()),
    "Hardtanh": then(nn.Hardtanh()),
    "torch.relu": after(lambda self, y, x: torch.relu(y)),
    "x.relu": after(lambda self, y, x: y.relu()),
    "F.relu": after(lambda self, y, x: F.relu(y)),
    "F.relu in place": after(lambda self, y, x: F.relu(y, inplace=True)),
    "F.relu_": after(lambda self, y, x: F.relu_(y)),
    "relu6": after(lambda self, y, x: F.relu6(y) + F.hardtanh(x, 0, 6)),
    "F.leaky_relu": after(lambda self, y, x: F.leaky_relu(y, 0.1)),
    "F.gelu": after(lambda self, y, x: F.gelu(y)),
    "F.silu": after(lambda self, y, x: F.silu(y)),
    "x * sigmoid": after(lambda self, y, x: x * torch.sigmoid(y)),
    "softmaxes": after(lambda self, y, x: F.softmax(y, -1) + y.softmax(-1) + torch.softmax(x, -1)),
    "F.log_softmax": after(lambda self, y, x: F.log_softmax(y, -1)),
    "LogSoftmax": then(nn.LogSoftmax(-1)),
    "Softmin": then(nn.Softmin(-1)),
    "torch.add": after(lambda self, y, x: torch.add(y, x)),
    "x.add": after(lambda self, y, x: y.add(x)),
    "x.add_": after(lambda self, y, x: y.add_(x)),
    "add alpha": after(lambda self, y, x: torch.add(y, x, alpha=2)),
    "operators": after(lambda self, y, x: (y + x) * x - x / 2),
    "x.mul a number": after(lambda self, y, x: y.mul(2.0)),
    "torch.mul by name": after(lambda self, y, x: torch.mul(y, other=x)),
    "addmm": OwnLinear(),
    "own linear inside": then(OwnLinear()),
    "addmm of a row": after(lambda self, y, x: torch.addmm(self.c, y, self.w), c=weight(1, 3), w=weight(8, 3)),
    "x.addmm": after(lambda self, y, x: self.c.addmm(y, self.w), c=weight(1, 3), w=weight(8, 3)),
    "torch.mm": after(lambda self, y, x: torch.mm(y, self.w), w=weight(8, 3)),
    "x.mm": after(lambda self, y, x: y.mm(self.w), w=weight(8, 3)),
    "F.linear": after(lambda self, y, x: F.linear(y, self.w), w=weight(5, 8)),
    "F.linear with a bias": after(lambda self, y, x: F.linear(y, self.w, self.b), w=weight(5, 8), b=weight(5)),
    "einsum without a sum": after(lambda self, y, x: torch.einsum("bi,bj->bij", y, x)),
    "dot": after(lambda self, y, x: y[0].dot(self.w), w=weight(8)),
    "F.dropout": after(lambda self, y, x: F.dropout(y, 0.5, self.training)),
    "chunks": after(lambda self, y, x: y.chunk(2, -1)[0] * y.chunk(2, -1)[1].sigmoid(), 16),
    "GLU": then(nn.GLU(), 16),
    "F.normalize": after(lambda self, y, x: F.normalize(y, dim=-1)),
    "statistics": after(lambda self, y, x: y.cumsum(-1).exp().sum(-1).log()),
    "shared": after(lambda self, y, x: self.l(y)),
    "frozen": frozen(),
    "checkpoint": module(lambda self, x: checkpoint(self.l, x, use_reentrant=False), l=nn.Linear(8, 8)),
    "Bilinear": module(lambda self, x: self.b(x, x), b=nn.Bilinear(8, 8, 3)),
    "Identity": then(nn.Identity()),
    "fft": after(lambda self, y, x: torch.fft.rfft(y).real),
    "no batch": module(lambda self, x: self.l(x[0]), l=nn.Linear(8, 8)),
}

SEQUENCES = {
    "baddbmm": after(lambda self, y, x: torch.baddbmm(y, x, x.transpose(1, 2) @ x)),
    "torch.bmm": after(lambda self, y, x: torch.bmm(y, x.transpose(1, 2))),
    "x.bmm": after(lambda self, y, x: y.bmm(x.transpose(1, 2))),
    "torch.matmul": after(lambda self, y, x: torch.matmul(y, x.transpose(1, 2))),
    "x.matmul of fewer axes": after(lambda self, y, x: x[0].matmul(y.transpose(1, 2))),
    "@": after(lambda self, y, x: y @ x.transpose(1, 2)),
    "torch.matmul a vector": after(lambda self, y, x: torch.matmul(y, self.w), w=weight(8)),
    "@ a vector": after(lambda self, y, x: y @ self.w, w=weight(8)),
    "addmv": after(lambda self, y, x: torch.addmv(self.c, y[0], self.w), c=weight(5), w=weight(8)),
    "addbmm": after(lambda self, y, x: torch.addbmm(self.c, y, x.mT), c=weight(5, 5)),
    "mv": after(lambda self, y, x: y[0].mv(self.w), w=weight(8)),
    "tensordot": after(lambda self, y, x: torch.tensordot(y, self.w, dims=([2], [0])), w=weight(8, 3)),
    "cdist": after(lambda self, y, x: torch.cdist(y, x)),
    "einsum": after(lambda self, y, x: torch.einsum("bij,bkj->bik", y, x)),
    "einsum with an ellipsis": after(lambda self, y, x: torch.einsum("...ij,...kj->...ik", y, x)),
    "einsum with a weight": after(lambda self, y, x: torch.einsum("bij,kj->bik", y, self.w), w=weight(3, 8)),
    "einsum by element": after(lambda self, y, x: torch.einsum("bij,bij->bij", y, x)),
    "einsum of one": after(lambda self, y, x: torch.einsum("bij->bi", y)),
    "einsum that transposes": after(lambda self, y, x: torch.einsum("bij->bji", y)),
    "einsum of a diagonal": after(lambda self, y, x: torch.einsum("bii->bi", y[..., :5])),
    "einsum of axes alone": after(lambda self, y, x: torch.einsum("bij,bkl->bk", y, x)),
    "einsum of three": after(lambda self, y, x: torch.einsum("bij,bkj,bkl->bil", y, x, x)),
    "F.layer_norm": after(lambda self, y, x: F.layer_norm(y, (8,))),
    "RMSNorm": then(nn.RMSNorm(8)),
    "own norm": then(RMS()),
    "own norm twice": after(lambda self, y, x: self.n(self.n(y)), n=RMS()),
    "own norm alone": RMS(),
    "sizes": after(lambda self, y, x: y.reshape(x.shape[0] * x.shape[1], -1).view(x.size(0), x.shape[1] * 2, -1)),
    "a size asked": after(lambda self, y, x: y if x.shape[1] * x.shape[2] == 40 else x),
    "numel": after(lambda self, y, x: y.view(-1)[: x.numel() * 1]),
    "math.prod": after(lambda self, y, x: y.view(math.prod(x.shape[:2]), -1)),
    "linear": module(lambda self, x: self.l(x), l=nn.Linear(8, 3)),
    "Conv1d": module(lambda self, x: self.c(x), c=nn.Conv1d(5, 3, 2)),
    "positions": after(lambda self, y, x: y + self.e(torch.arange(5)), e=nn.Embedding(5, 8)),
    "tied": module(lambda self, x: F.linear(self.e(x.argmax(-1)), self.e.weight), e=nn.Embedding(8, 4)),
    "EmbeddingBag": module(lambda self, x: self.e(x.argmax(-1)), e=nn.EmbeddingBag(8, 3)),
    "std": after(lambda self, y, x: (y - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True)),
    "cosine": after(lambda self, y, x: F.cosine_similarity(y, x, -1)),
}

IMAGES = {
    "PReLU": then_conv(nn.PReLU(4)),
    "a gate": after_conv(lambda self, y, x: y * self.g, g=weight(4, 1, 1)),
    "torch.mul of fewer axes": after_conv(lambda self, y, x: torch.mul(y, self.g), g=weight(4, 1, 1)),
    "F.max_pool2d": after_conv(lambda self, y, x: F.max_pool2d(y, 2)),
    "F.avg_pool2d": after_conv(lambda self, y, x: F.avg_pool2d(y, kernel_size=2)),
    "F.adaptive_avg_pool2d": after_conv(lambda self, y, x: F.adaptive_avg_pool2d(y, 1)),
    "AdaptiveMaxPool2d": then_conv(nn.AdaptiveMaxPool2d(2)),
    "F.adaptive_max_pool2d": after_conv(lambda self, y, x: F.adaptive_max_pool2d(y, 2)),
    "MaxPool2d with indices": after_conv(lambda self, y, x: self.p(y)[0], p=nn.MaxPool2d(2, return_indices=True)),
    "mean": after_conv(lambda self, y, x: y.mean((2, 3))),
    "mean that keeps axes": after_conv(lambda self, y, x: y.mean((2, 3), keepdim=True)),
    "F.interpolate": after_conv(lambda self, y, x: F.interpolate(y, scale_factor=2)),
    "F.interpolate by halves": after_conv(lambda self, y, x: F.interpolate(y, scale_factor=1.5, mode="bicubic")),
    "F.interpolate to a shape": after_conv(lambda self, y, x: F.interpolate(y, x.shape[-2:], mode="bilinear")),
    "F.interpolate to a size": after_conv(lambda self, y, x: F.interpolate(y, size=7)),
    "F.interpolate by two": after_conv(lambda self, y, x: F.interpolate(y, scale_factor=(1.5, 1.5))),
    "Upsample to a size": then_conv(nn.Upsample(size=7)),
    "Upsample to two": then_conv(nn.Upsample(size=(7, 5))),
    "UpsamplingBilinear2d": then_conv(nn.UpsamplingBilinear2d(scale_factor=2)),
    "UpsamplingNearest2d": then_conv(nn.UpsamplingNearest2d(size=7)),
    "F.conv2d": after_conv(lambda self, y, x: F.conv2d(y, self.w), w=weight(5, 4, 3, 3)),
    "F.batch_norm": after_conv(lambda self, y, x: F.batch_norm(y, torch.zeros(4), torch.ones(4))),
    "BatchNorm2d without statistics": then_conv(nn.BatchNorm2d(4, track_running_stats=False)),
    "F.group_norm": after_conv(lambda self, y, x: F.group_norm(y, 2)),
    "F.group_norm of a scale": after_conv(lambda self, y, x: F.group_norm(y, 2, self.w), w=weight(4)),
    "weights standardized": module(standardized, w=weight(5, 4, 3, 3), gain=weight(5)),
    "padding in a word": then_conv(nn.Conv2d(4, 3, 3, padding="same")),
    "F.conv2d with padding in a word": after_conv(
        lambda self, y, x: F.conv2d(y, self.w, padding="valid"), w=weight(5, 4, 3, 3)
    ),
    "x.mul a buffer of fewer axes": after_conv(lambda self, y, x: y.mul(self.s), s=nn.Buffer(torch.ones(4, 1, 1))),
    "conv of positions": after_conv(lambda self, y, x: y + self.p(grid()), p=nn.Conv2d(2, 4, 1)),
    "F.instance_norm": after_conv(lambda self, y, x: F.instance_norm(y)),
    "InstanceNorm2d with statistics": then_conv(nn.InstanceNorm2d(4, track_running_stats=True, affine=True)),
    "layer norm of channels": then_conv(LayerNorm2d(4)),
    "scaled conv": then_conv(ScaledConv(4, 6, 3)),
    "own conv": then_conv(OwnConv()),
    "weight_norm": module(lambda self, x: self.c(x), c=nn.utils.parametrizations.weight_norm(nn.Conv2d(4, 4, 1))),
    "reflecting conv": module(lambda self, x: self.c(x), c=nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect")),
    "circular conv alone": nn.Conv2d(4, 3, 3, padding=1, padding_mode="circular"),
    "PixelShuffle": then_conv(nn.PixelShuffle(2)),
    "F.pixel_shuffle": after_conv(lambda self, y, x: F.pixel_shuffle(y, 2)),
    "grid_sample": after_conv(lambda self, y, x: F.grid_sample(y, torch.zeros(len(x), 3, 3, 2), align_corners=False)),
    "Unfold": then_conv(nn.Unfold(2)),
    "ConvTranspose2d": module(lambda self, x: self.c(x), c=nn.ConvTranspose2d(4, 3, 2, 2)),
    "LocalResponseNorm": then_conv(nn.LocalResponseNorm(3)),
    "Softmax2d": then_conv(nn.Softmax2d()),
    "Tanhshrink": then_conv(nn.Tanhshrink()),
    "Dropout2d": then_conv(nn.Dropout2d()),
    "F.softplus": after_conv(lambda self, y, x: F.softplus(y)),
    "clamp": after_conv(lambda self, y, x: y.clamp(0, 1)),
    "tokens": after_conv(lambda self, y, x: y.flatten(2).transpose(1, 2).contiguous()),
    "Sequential": nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), nn.PReLU(), nn.Flatten(), nn.Linear(64, 2)),
}
