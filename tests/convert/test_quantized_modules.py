"""Modules of torch.ao.quantization, before and after they are converted: the products of their layers."""

import warnings
from collections.abc import Callable, Iterator

import pytest
import torch
from small_modules import costs
from torch import nn

from costcalc.convert.from_torch import from_torch

ao = torch.ao.quantization
Shape = tuple[int, ...]

LAYERS: list[tuple[Callable[[], nn.Module], Shape, int, int]] = [
    (lambda: nn.Linear(8, 4), (8,), 36, 8 * 4),
    (lambda: nn.Conv1d(3, 4, 3, stride=2), (3, 9), 40, 4 * 4 * 3 * 3),
    (lambda: nn.Conv2d(4, 6, (3, 1), padding=(1, 0), groups=2), (4, 8, 8), 6 * 2 * 3 + 6, 64 * 6 * 2 * 3),
]
"""A layer, its input, params, and mult-adds."""


def prepared(layer: nn.Module, train: bool = False) -> nn.Module:
    made = nn.Sequential(ao.QuantStub(), layer, nn.ReLU(), ao.DeQuantStub()).train(train)
    made.qconfig = ao.get_default_qat_qconfig("x86") if train else ao.get_default_qconfig("x86")  # type: ignore
    return (ao.prepare_qat if train else ao.prepare)(made)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize(("make", "shape", "params", "macs"), LAYERS)
def test_before_and_after(make: Callable[[], nn.Module], shape: Shape, params: int, macs: int) -> None:
    """Converted layers keep their weights packed, which count as buffers, not as params."""
    made = prepared(make())
    assert costs(from_torch(made, shape)) == (params, macs, "complete")
    made(torch.randn(2, *shape))
    assert costs(from_torch(ao.convert(made), shape, batch=3)) == (0, 3 * macs, "complete")
    assert costs(from_torch(prepared(make(), train=True), shape, batch=3)) == (params, 3 * macs, "complete")


def test_dynamic_and_fused() -> None:
    made = ao.quantize_dynamic(nn.Sequential(nn.Linear(8, 4)), {nn.Linear})
    assert costs(from_torch(made, (8,))) == (0, 32, "complete")
    pair = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    fused = prepared(ao.fuse_modules(pair.eval(), ["0", "1"]))
    fused(torch.randn(1, 3, 8, 8))
    assert costs(from_torch(ao.convert(fused), (3, 8, 8))) == (0, 36 * 4 * 27, "complete")


def test_fake_quantize() -> None:
    fake = ao.FakeQuantize()
    before = {key: value.clone() for key, value in fake.state_dict().items()}
    assert costs(from_torch(nn.Sequential(nn.Linear(8, 4), fake), (8,))) == (36, 32, "complete")
    assert all(torch.equal(value, before[key]) for key, value in fake.state_dict().items())


@pytest.mark.parametrize("way", ["matrix_exp", "cayley", "householder"])
def test_orthogonal_weights(way: str) -> None:
    """Params 4·4 + 4. Its matrix function is unknown, and the reading goes on: at least the 16 of the layer."""
    made = nn.utils.parametrizations.orthogonal(nn.Linear(4, 4), orthogonal_map=way)
    params, macs, status = costs(from_torch(made, (4,)))
    assert (params, status) == (20, "lower bound")
    assert macs >= 16


def test_traced_modules() -> None:
    """Convolutions with padding and transposed; a weight that is normalised: g and v, 4 + 4·4, and a bias of 4."""
    conv = torch.jit.trace(nn.Conv2d(3, 4, 3, padding=1), torch.randn(1, 3, 8, 8))
    assert costs(from_torch(conv, (3, 8, 8))) == (112, 64 * 4 * 27, "complete")
    up = torch.jit.trace(nn.ConvTranspose2d(3, 4, 2, 2), torch.randn(1, 3, 8, 8))
    assert costs(from_torch(up, (3, 8, 8))) == (52, 64 * 3 * 4 * 4, "complete")
    normed = torch.jit.trace(nn.utils.parametrizations.weight_norm(nn.Linear(4, 4)), torch.randn(1, 4))
    assert costs(from_torch(normed, (4,))) == (24, 16, "complete")
