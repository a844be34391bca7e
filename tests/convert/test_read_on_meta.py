"""What runs on the CPU and not on the meta device, though no shape depends on values, is read all the same."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from small_modules import costs, module
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import costcalc
from costcalc.convert.from_torch import from_torch
from costcalc.spec import CostcalcError

Forward = Callable[[Any, torch.Tensor], Any]


def autocast(self: Any, x: torch.Tensor) -> Any:
    with torch.autocast(x.device.type, dtype=torch.bfloat16):
        return self.l(x)


def as_rotary_embeddings(self: Any, x: torch.Tensor) -> Any:
    kind = x.device.type if x.device.type != "mps" else "cpu"
    with torch.amp.autocast(device_type=kind, enabled=False):
        assert not torch.is_autocast_enabled(x.device.type)
        assert torch.amp.is_autocast_available(x.device.type)
        return self.l(x)


def checked(self: Any, x: torch.Tensor) -> Any:
    torch._check_tensor_all_with(ValueError, x.isfinite(), lambda: "not finite")
    torch._check_tensor_all(x > -1000)
    return self.l(x)


def drawn(self: Any, x: torch.Tensor) -> Any:
    normal = torch.distributions.Normal(self.l(x), torch.ones_like(x))
    return torch.distributions.Categorical(logits=normal.rsample()).sample()


PASSES: list[Forward] = [autocast, as_rotary_embeddings, checked, drawn]


@pytest.mark.parametrize("forward", PASSES)
def test_checks_and_questions_of_devices(forward: Forward) -> None:
    """Linear(4, 4): 16 mult-adds."""
    assert costs(from_torch(module(forward, l=nn.Linear(4, 4)), (4,))) == (20, 16, "complete")


def test_checks_are_made_of_numbers_and_outside() -> None:
    def forward(self: Any, x: torch.Tensor) -> Any:
        torch._check_tensor_all_with(ValueError, torch.tensor([1, 0]) > 0, lambda: "not positive")
        return x

    with pytest.raises(CostcalcError, match="not positive"):
        from_torch(module(forward), (4,))
    with pytest.raises(ValueError, match="not positive"):
        torch._check_tensor_all_with(ValueError, torch.tensor([1, 0]) > 0, lambda: "not positive")
    with pytest.raises(RuntimeError):
        torch.is_autocast_enabled("meta")


@pytest.mark.parametrize("mode", ["eval", "train"])
def test_an_encoder_with_a_mask_for_padding(mode: Any) -> None:
    """Per layer and position: 4·16·16 of projections and 2·16·32; of 5 positions, 2·5·5·16 of attention."""
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), 2)
    padded = module(lambda self, x: self.e(x, src_key_padding_mask=torch.zeros(x.shape[:2]).bool()), e=encoder)
    cost = costcalc.cost(padded, input=(5, 16), mode=mode)
    assert (cost.macs, cost.status) == (2 * (5 * (4 * 16 * 16 + 2 * 16 * 32) + 2 * 5 * 5 * 16), "complete")


@pytest.mark.parametrize("mode", ["eval", "train"])
def test_an_exported_module_keeps_its_mode(mode: Any) -> None:
    exported = torch.export.export(nn.Sequential(nn.Linear(4, 4), nn.ReLU()), (torch.ones(1, 4),)).module()
    cost = costcalc.cost(exported, input=(4,), mode=mode)
    assert (cost.params, cost.macs, cost.status) == (20, 16, "complete")


def test_an_exported_program_has_inputs_of_its_own() -> None:
    """2 of 4 numbers: 2 · 16 mult-adds; 16 of another input."""
    program = torch.export.export(
        nn.Sequential(nn.Linear(4, 4), nn.ReLU()), (torch.ones(2, 4),), dynamic_shapes=({0: torch.export.Dim("n")},)
    )
    assert costcalc.cost(program).macs == 32
    cost = costcalc.cost(program, input=(4,), batch=5)
    assert (cost.params, cost.macs, cost.status) == (20, 5 * 16, "complete")


def test_lazy_modules() -> None:
    """3·4·9 + 4 params and 4·27·36 mult-adds; 2·4 of the norm; 5·144 + 5 of the linear layer. The module stays lazy."""
    lazy = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(5))
    expected = (112 + 8 + 725, 4 * 27 * 36 + 720, "complete")
    assert costs(from_torch(lazy, (3, 8, 8))) == expected
    assert isinstance(lazy[0], nn.LazyConv2d)
    assert costs(from_torch(lazy, (3, 8, 8), batch=2))[1] == 2 * expected[1]
    lazy(torch.ones(1, 3, 8, 8))
    assert costs(from_torch(lazy, (3, 8, 8))) == expected


def look(values: torch.Tensor, expected: Any) -> None:
    assert values.tolist() == expected


def product_of_constants(self: Any, x: torch.Tensor) -> Any:
    t = torch.ones(3, 3) @ torch.ones(3, 3)
    look(t.t()[0], [3, 3, 3])
    return self.l(x) * t.mean()


def product_of_buffers(self: Any, x: torch.Tensor) -> Any:
    t = self.buffer @ self.buffer
    look(t[0, :2], [4, 4])
    return self.l(x @ t)


def products_in_a_loop(self: Any, x: torch.Tensor) -> Any:
    t = torch.eye(4, device=x.device)
    for _ in range(5):
        t = t @ self.buffer
    return self.l(x)[:, : int(t[0, 0]) % 3 + 1]


def written_over(self: Any, x: torch.Tensor) -> Any:
    t = nn.functional.linear(torch.ones(2, 4, device=x.device), torch.ones(4, 4, device=x.device))
    t.add_(1)
    look(t[0], [5, 5, 5, 5])
    return self.l(x)


CONSTANTS: list[tuple[Forward, int]] = [
    (product_of_constants, 27 + 16),
    (product_of_buffers, 64 + 16 + 16),
    (products_in_a_loop, 5 * 64 + 16),
    (written_over, 2 * 16 + 16),
]


@pytest.mark.parametrize(("forward", "macs"), CONSTANTS)
def test_products_of_constants_count_and_have_values(forward: Forward, macs: int) -> None:
    made = module(forward, l=nn.Linear(4, 4))
    made.register_buffer("buffer", torch.ones(4, 4))
    graph = from_torch(made, (4,))
    assert costs(graph) == (20, macs, "complete")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        made(torch.ones(1, 4))
    assert counter.get_total_flops() == 2 * macs


def test_products_that_an_input_was_written_into_have_no_values() -> None:
    def forward(self: Any, x: torch.Tensor) -> Any:
        t = torch.ones(4, 4) @ torch.ones(4, 4)
        t[0] = x[0]
        return self.l(t) if t[0, 0].item() > 0 else x

    with pytest.raises(CostcalcError, match="it depends on its tensors' values"):
        from_torch(module(forward, l=nn.Linear(4, 4)), (4,))


@pytest.mark.parametrize("groups", [1, 2])
def test_deformable_convolutions(groups: int) -> None:
    """4·6·6·4·9 mult-adds per image in a group of 4 channels, and 4·4/groups·9 + 4 params."""
    ops = pytest.importorskip("torchvision.ops")
    layer = ops.DeformConv2d(4, 4, 3, groups=groups)
    cost = costcalc.cost(layer, input={"input": (4, 8, 8), "offset": (18, 6, 6)}, batch=2)
    assert (cost.params, cost.macs) == (4 * 4 // groups * 9 + 4, 2 * 4 * 36 * 4 // groups * 9)
    assert cost.status == "complete"


def ones(*shape: int, like: torch.Tensor, dtype: torch.dtype | None = None) -> torch.Tensor:
    return torch.ones(shape, device=like.device, dtype=dtype)


PRODUCTS: dict[str, tuple[Forward, tuple[int, ...], int, int]] = {
    "_int_mm": (lambda self, x: torch._int_mm(x.char(), ones(32, 8, like=x).char()), (32,), 32, 32 * 32 * 8),
    "_scaled_mm": (
        lambda self, x: torch._scaled_mm(
            x.to(torch.float8_e4m3fn), ones(16, 32, like=x).to(torch.float8_e4m3fn).t(), ones(like=x), ones(like=x)
        ),
        (32,),
        16,
        16 * 32 * 16,
    ),
    "_weight_int8pack_mm": (
        lambda self, x: torch._weight_int8pack_mm(
            x.bfloat16(), ones(16, 32, like=x).char(), ones(16, like=x).bfloat16()
        ),
        (32,),
        16,
        16 * 32 * 16,
    ),
    "bilinear": (lambda self, x: self.b(x, x), (7, 4), 2, 14 * (5 * 4 * 4 + 5 * 4)),  # x·W, then by the second x
    "cdist": (lambda self, x: torch.cdist(x, ones(100, 16, like=x)), (40, 16), 2, 2 * 40 * 18 * 100),
    "cdist, by differences": (lambda self, x: torch.cdist(x, ones(10, 16, like=x)), (4, 16), 2, 0),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_with_names_of_their_own(name: str) -> None:
    """cdist of more than 25 rows is a product of (N, D + 2) by (D + 2, K), as in ATen's _euclidean_dist."""
    forward, shape, batch, macs = PRODUCTS[name]
    made = module(forward, b=nn.Bilinear(4, 4, 5))
    graph = from_torch(made, shape, batch=batch)
    assert costs(graph) == (5 * 16 + 5, macs, "complete")
    (output,) = graph.outputs
    if name != "_scaled_mm":  # for which this CPU has no kernel
        with torch.no_grad():
            assert tuple(made(torch.ones(batch, *shape)).shape) == output.shape
