"""Kernels of quantized products and functions: every layer of torch.ao.nn.quantized, its functions, and exports."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from small_modules import costs, module
from torch import nn
from torch.ao.nn import quantized
from torch.ao.nn.intrinsic import quantized as fused
from torch.ao.nn.quantized import dynamic
from torch.ao.nn.quantized import functional as quantized_functional
from torch.ao.nn.sparse import quantized as sparse

from costcalc.conventions import find
from costcalc.convert.from_torch import from_torch

Shape = tuple[int, ...]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def quantize(x: torch.Tensor, dtype: torch.dtype = torch.quint8) -> torch.Tensor:
    return torch.quantize_per_tensor(x, 0.1, 0, dtype)


def between(layer: nn.Module) -> nn.Module:
    return nn.Sequential(quantized.Quantize(0.1, 0, torch.quint8), layer, quantized.DeQuantize())


UP = [("1d", (3, 9), 9 * 9), ("2d", (3, 9, 8), 72 * 27), ("3d", (3, 5, 4, 3), 60 * 81)]
"""Transposed convolutions of windows of 3: axes, input, and the products of each of 4 outputs: places · 3 · 3^axes."""

DOWN = [("1d", (3, 9), 7 * 9), ("2d", (3, 9, 8), 7 * 6 * 27), ("3d", (3, 5, 4, 3), 3 * 2 * 1 * 81)]


@pytest.mark.parametrize(("axes", "shape", "each"), UP)
def test_transposed_convolutions(axes: str, shape: Shape, each: int) -> None:
    """Their weights are buffers: 3·4·3^axes, and a bias of 4. The output is of 2·(n - 1) + 3 at stride 2."""
    layer = getattr(quantized, f"ConvTranspose{axes}")(3, 4, 3, stride=2)
    graph = from_torch(between(layer), shape, batch=2)
    assert costs(graph) == (0, 2 * 4 * each, "complete")
    assert graph.outputs[0].shape == (2, 4, *(2 * n + 1 for n in shape[1:]))
    made = from_torch(getattr(dynamic, f"ConvTranspose{axes}")(3, 4, 3), shape, batch=2)
    assert costs(made) == (0, 2 * 4 * each, "complete")


@pytest.mark.parametrize(("axes", "shape", "each"), DOWN)
def test_dynamic_and_functional_convolutions(axes: str, shape: Shape, each: int) -> None:
    graph = from_torch(getattr(dynamic, f"Conv{axes}")(3, 4, 3), shape)
    assert costs(graph) == (0, 4 * each, "complete")
    layer = getattr(nn, f"Conv{axes}")(3, 4, 3)

    def forward(self: Any, x: torch.Tensor) -> Any:
        run = getattr(quantized_functional, f"conv{axes}")
        return run(quantize(x), quantize(self.l.weight, torch.qint8), self.l.bias, scale=0.1).dequantize()

    graph = from_torch(module(forward, l=layer), shape, batch=3)
    assert costs(graph) == (4 * 3 * 3 ** (len(shape) - 1) + 4, 3 * 4 * each, "complete")
    assert find("flopcounter").unpredicted(graph) == [f"quantized::conv{axes}"]


@pytest.mark.parametrize(
    "layer",
    [
        between(fused.LinearLeakyReLU(8, 4, 0.1)),
        between(fused.LinearTanh(8, 4)),
        dynamic.Linear(8, 4, dtype=torch.float16),
    ],
)
def test_fused_layers(layer: nn.Module) -> None:
    assert costs(from_torch(layer, (8,), batch=5)) == (0, 5 * 8 * 4, "complete")


@pytest.mark.parametrize("kind", [fused.ConvAdd2d, fused.ConvAddReLU2d])
def test_a_convolution_and_a_sum(kind: Callable[..., nn.Module]) -> None:
    def forward(self: Any, x: torch.Tensor) -> Any:
        return self.c(quantize(x), quantize(x)).dequantize()

    assert costs(from_torch(module(forward, c=kind(3, 3, 3, padding=1)), (3, 5, 5))) == (0, 25 * 3 * 27, "complete")


FUNCTIONS: dict[str, tuple[Callable[[torch.Tensor], Any], Shape]] = {
    "elu": (lambda x: quantized_functional.elu(x, 0.1, 0, alpha=0.5), (4, 8, 8)),
    "celu": (lambda x: quantized_functional.celu(x, 0.1, 0), (4, 8, 8)),
    "hardswish": (lambda x: quantized_functional.hardswish(x, 0.1, 0), (4, 8, 8)),
    "leaky_relu": (lambda x: quantized_functional.leaky_relu(x, 0.1, scale=0.1, zero_point=0), (4, 8, 8)),
    "clamp": (lambda x: quantized_functional.clamp(x, 0.0, 1.0), (4, 8, 8)),
    "max_pool2d": (lambda x: quantized_functional.max_pool2d(x, 2), (4, 4, 4)),
    "avg_pool2d": (lambda x: quantized_functional.avg_pool2d(x, 3, padding=1), (4, 3, 3)),
    "interpolate": (lambda x: quantized_functional.interpolate(x, scale_factor=2), (4, 16, 16)),
    "add_out": (lambda x: torch.ops.quantized.add_out(x, x, x), (4, 8, 8)),
    "cat_relu": (lambda x: torch.ops.quantized.cat_relu([x, x], 1, 0.1, 0), (8, 8, 8)),
    "ELU": (quantized.ELU(0.1, 0), (4, 8, 8)),
    "PReLU": (quantized.PReLU(0.1, 0), (4, 8, 8)),
    "scale": (lambda x: x * x.q_scale() - x.q_zero_point(), (4, 8, 8)),
    "values": (lambda x: x.int_repr(), (4, 8, 8)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    """They have no mult-adds. Linear(2, 2) on a table of its own, before them, has 4 at each of 4·8·8 / 2 rows."""
    function, shape = FUNCTIONS[name]

    def forward(self: Any, x: torch.Tensor) -> Any:
        return function(quantize(self.l(x.reshape(1, 4, 8, 4, 2)).reshape(1, 4, 8, 8)))

    graph = from_torch(module(forward, l=nn.Linear(2, 2)), (4, 8, 8))
    assert costs(graph) == (6, 4 * 128, "complete")
    assert graph.outputs[0].shape == (1, *shape)


def test_weights_that_the_forward_pass_packs() -> None:
    def forward(self: Any, x: torch.Tensor) -> Any:
        packed = torch.ops.quantized.linear_prepack(quantize(self.l.weight, torch.qint8), self.l.bias)
        return torch.ops.quantized.linear(quantize(x), packed, 0.1, 0).dequantize()

    assert costs(from_torch(module(forward, l=nn.Linear(8, 4)), (8,))) == (36, 32, "complete")


def test_kernels_without_a_rule() -> None:
    """Blocks of weights are unknown; the reading goes on: Linear(4, 2) after them has 8."""
    if "fbgemm" not in torch.backends.quantized.supported_engines:
        pytest.skip("sparse kernels are of fbgemm")
    torch.backends.quantized.engine = "fbgemm"
    layer = nn.Sequential(between(sparse.Linear(8, 4, 1, 4)), nn.Linear(4, 2))
    graph = from_torch(layer, (8,))
    assert costs(graph) == (10, 8, "lower bound")
    assert [node.facts.settings["aten"] for node in graph.nodes if node.facts.macs is None] == ["sparse::qlinear"]


def test_rounding_in_exported_programs() -> None:
    """As torch.export writes quantized models: what is rounded between layers has no mult-adds."""
    from torch.ao.quantization.fx import _decomposed  # noqa: F401  (registers the operations)

    ops = torch.ops.quantized_decomposed

    def forward(self: Any, x: torch.Tensor) -> Any:
        x = ops.quantize_per_tensor(x, 0.1, 0, -128, 127, torch.int8)
        x = ops.dequantize_per_tensor(x, 0.1, 0, -128, 127, torch.int8)
        scale, zero = ops.choose_qparams(x, -128, 127, 1e-5, torch.int8)
        return self.l(ops.quantize_per_tensor(x, scale, zero, -128, 127, torch.int8).float())

    assert costs(from_torch(module(forward, l=nn.Linear(8, 4)), (8,))) == (36, 32, "complete")
    program = torch.export.export(module(forward, l=nn.Linear(8, 4)), (torch.randn(1, 8),))
    assert costs(from_torch(program.module(), (8,))) == (36, 32, "complete")


@pytest.mark.parametrize(
    ("sample", "status"),
    [
        (lambda x: torch.distributions.Gamma(x, x).sample(), "complete"),
        (lambda x: torch.distributions.Dirichlet(x).rsample(), "complete"),
        (lambda x: torch.distributions.Binomial(3, x.sigmoid()).sample(), "complete"),
        (lambda x: torch.pdist(x[0]), "complete"),
        (lambda x: torch.ormqr(x, x[..., 0], x), "lower bound"),
    ],
)
def test_kernels_that_the_meta_device_lacks(sample: Callable[..., Any], status: str) -> None:
    """Samples and distances have no mult-adds, as those of other names; all others are unknown. Linear(4, 4) has 64."""
    graph = from_torch(module(lambda self, x: sample(self.l(x)), l=nn.Linear(4, 4)), (4, 4))
    assert costs(graph) == (20, 4 * 16, status)
